using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>The directory of an assembly becomes the directory of the program.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1006_AssemblyLocationFix)), Shared]
public sealed class UKN1006_AssemblyLocationFix() : NodeFixProvider(PlatformRules.AssemblyLocation, "Use AppContext.BaseDirectory")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        if (!diagnostic.Properties.TryGetValue("Member", out string? member) || member != "Location" || node is not MemberAccessExpressionSyntax)
        {
            return null;
        }

        // Path.GetDirectoryName(assembly.Location) asks for the directory: that whole call is it.
        if (node.Parent is ArgumentSyntax { Parent: ArgumentListSyntax { Arguments.Count: 1, Parent: InvocationExpressionSyntax call } }
            && model.GetSymbolInfo(call, cancellation).Symbol is { Name: "GetDirectoryName", ContainingType.Name: "Path" })
        {
            return Replace(call.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } bang ? bang : call, "System.AppContext.BaseDirectory");
        }

        return Replace(node, "System.AppContext.BaseDirectory");
    }
}
