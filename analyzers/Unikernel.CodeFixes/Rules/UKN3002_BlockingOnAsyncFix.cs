using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>A blocking wait in an async function becomes an await.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN3002_BlockingOnAsyncFix)), Shared]
public sealed class UKN3002_BlockingOnAsyncFix() : NodeFixProvider(RuntimeRules.BlockingOnAsync, "Await it")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        if (!diagnostic.Properties.TryGetValue("Member", out string? member))
        {
            return null;
        }

        ExpressionSyntax? task = (member, node) switch
        {
            ("Result", MemberAccessExpressionSyntax access) => access.Expression,
            ("Wait", InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax wait }) => wait.Expression,
            ("GetResult", InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax awaiter } } }) => awaiter.Expression,
            _ => null,
        };
        if (task is null || node.FirstAncestorOrSelf<LockStatementSyntax>() is not null)
        {
            return null;
        }

        ExpressionSyntax awaited = SyntaxFactory.AwaitExpression(task.WithoutTrivia().WithLeadingTrivia(SyntaxFactory.Space));
        if (node.Parent is MemberAccessExpressionSyntax or ElementAccessExpressionSyntax or ConditionalAccessExpressionSyntax or InvocationExpressionSyntax or CastExpressionSyntax or PostfixUnaryExpressionSyntax)
        {
            awaited = SyntaxFactory.ParenthesizedExpression(awaited);
        }

        return new Edit(node, awaited.WithTriviaFrom(node));
    }
}
