using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>Removes a statement that only controls a terminal.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1007_TerminalControlFix)), Shared]
public sealed class UKN1007_TerminalControlFix() : NodeFixProvider(PlatformRules.TerminalControl, "Remove it")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        node switch
        {
            // A key that is read and not used is a pause: removing it changes the program.
            InvocationExpressionSyntax call when model.GetSymbolInfo(call, cancellation).Symbol?.Name != "ReadKey" => RemoveStatement(call),
            MemberAccessExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } access when assignment.Left == access => RemoveStatement(assignment),
            _ => null,
        };
}
