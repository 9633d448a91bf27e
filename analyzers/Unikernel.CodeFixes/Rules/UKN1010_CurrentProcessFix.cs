using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>The figure of the current process is asked of Environment.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1010_CurrentProcessFix)), Shared]
public sealed class UKN1010_CurrentProcessFix() : NodeFixProvider(PlatformRules.CurrentProcess, "Ask Environment")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        diagnostic.Properties.TryGetValue("Replacement", out string? replacement) && replacement is not null && node.Parent is MemberAccessExpressionSyntax access
            ? Replace(access, "System." + replacement) : null;
}
