using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>A named culture becomes the invariant one.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1004_CultureDataFix)), Shared]
public sealed class UKN1004_CultureDataFix() : NodeFixProvider(PlatformRules.CultureData, "Use CultureInfo.InvariantCulture")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        node is ExpressionSyntax expression && model.GetTypeInfo(expression, cancellation).Type is { Name: "CultureInfo" }
            ? Replace(node, "System.Globalization.CultureInfo.InvariantCulture") : null;
}
