using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>A channel gets a capacity of 1024.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN3003_UnboundedChannelFix)), Shared]
public sealed class UKN3003_UnboundedChannelFix() : NodeFixProvider(RuntimeRules.UnboundedChannel, "Bound the channel")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        // Options of an unbounded channel have no counterpart here: only the plain call.
        if (node is not InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Name: GenericNameSyntax { Identifier.ValueText: "CreateUnbounded" } name } access } call)
        {
            return null;
        }

        return new Edit(call, call
            .WithExpression(access.WithName(name.WithIdentifier(SyntaxFactory.Identifier("CreateBounded"))))
            .WithArgumentList(SyntaxFactory.ParseArgumentList("(1024)")));
    }
}
