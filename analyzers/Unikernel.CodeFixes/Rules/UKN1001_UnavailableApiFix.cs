using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>Puts a statement behind a guard that is false on a unikernel.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1001_UnavailableApiFix)), Shared]
public sealed class UKN1001_UnavailableApiFix() : NodeFixProvider(PlatformRules.UnavailableApi, "Run it only where it is not a unikernel")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        // Only a whole statement: a guard around part of an expression would have to invent a value.
        if (node.FirstAncestorOrSelf<StatementSyntax>() is not ExpressionStatementSyntax statement
            || statement.Expression is AssignmentExpressionSyntax or AwaitExpressionSyntax
            || !statement.Expression.Span.Contains(node.Span))
        {
            return null;
        }

        IfStatementSyntax guarded = SyntaxFactory.IfStatement(
            SyntaxFactory.PrefixUnaryExpression(
                SyntaxKind.LogicalNotExpression, Expression("System.OperatingSystem.IsOSPlatform(\"unikernel\")")),
            SyntaxFactory.Block(statement.WithoutTrivia()));
        return new Edit(statement, guarded.WithTriviaFrom(statement).WithAdditionalAnnotations(Microsoft.CodeAnalysis.Formatting.Formatter.Annotation));
    }
}
