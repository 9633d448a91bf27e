using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>A type that is known while compiling becomes a type argument.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1013_RuntimeMarshallingFix)), Shared]
public sealed class UKN1013_RuntimeMarshallingFix() : NodeFixProvider(PlatformRules.RuntimeMarshalling, "Use the generic method")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        if (node is not InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call)
        {
            return null;
        }

        for (int i = 0; i < call.ArgumentList.Arguments.Count; i++)
        {
            if (call.ArgumentList.Arguments[i].Expression is TypeOfExpressionSyntax type)
            {
                GenericNameSyntax generic = SyntaxFactory.GenericName(access.Name.Identifier.WithoutTrivia())
                    .WithTypeArgumentList(SyntaxFactory.TypeArgumentList(SyntaxFactory.SingletonSeparatedList(type.Type.WithoutTrivia())));
                InvocationExpressionSyntax typed = call
                    .WithExpression(access.WithName(generic))
                    .WithArgumentList(call.ArgumentList.WithArguments(call.ArgumentList.Arguments.RemoveAt(i)));

                // (T)Marshal.PtrToStructure(p, typeof(T)) needs its cast no longer.
                SyntaxNode target = call.Parent is CastExpressionSyntax cast && SyntaxFactory.AreEquivalent(cast.Type, type.Type) ? cast : call;
                return new Edit(target, typed.WithTriviaFrom(target));
            }
        }

        return null;
    }
}
