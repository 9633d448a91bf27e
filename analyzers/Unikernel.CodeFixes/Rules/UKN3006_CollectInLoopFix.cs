using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>Removes a forced collection.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN3006_CollectInLoopFix)), Shared]
public sealed class UKN3006_CollectInLoopFix() : NodeFixProvider(RuntimeRules.CollectInLoop, "Remove it")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        node is InvocationExpressionSyntax call ? RemoveStatement(call) : null;
}
