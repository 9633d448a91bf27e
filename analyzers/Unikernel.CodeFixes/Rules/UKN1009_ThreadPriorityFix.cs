using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>Removes the assignment of a priority.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1009_ThreadPriorityFix)), Shared]
public sealed class UKN1009_ThreadPriorityFix() : NodeFixProvider(PlatformRules.ThreadPriority, "Remove the priority")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        node.Parent is not AssignmentExpressionSyntax assignment || assignment.Left != node ? null
        : assignment.Parent is InitializerExpressionSyntax initializer
            ? new Edit(initializer, Without(initializer, assignment))
        : RemoveStatement(assignment);

    /// <summary>The initializer without one element; the space before its closing brace stays.</summary>
    private static InitializerExpressionSyntax Without(InitializerExpressionSyntax initializer, AssignmentExpressionSyntax assignment)
    {
        SeparatedSyntaxList<ExpressionSyntax> rest = initializer.Expressions.Remove(assignment);
        if (rest.Count > 0)
        {
            ExpressionSyntax last = rest[rest.Count - 1];
            rest = rest.Replace(last, last.WithTrailingTrivia(assignment.GetTrailingTrivia()));
        }

        return initializer.WithExpressions(rest);
    }
}
