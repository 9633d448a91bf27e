using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>
/// A fix that replaces or removes one node. It is offered only where <see cref="Plan"/> has an answer, so that no fix ever returns the
/// document as it was.
/// </summary>
public abstract class NodeFixProvider : CodeFixProvider
{
    private protected NodeFixProvider(Rule rule, string title)
    {
        FixableDiagnosticIds = [rule.Id];
        Title = title;
    }

    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; }

    private string Title { get; }

    public sealed override FixAllProvider GetFixAllProvider() => new NodeFixAllProvider(this);

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null || model is null)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (EditFor(root, diagnostic, model, context.CancellationToken) is { } edit)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(Title, cancellation => Task.FromResult(Apply(context.Document, root, [edit])), equivalenceKey: Title),
                    diagnostic);
            }
        }
    }

    /// <summary>All fixes of one document in one pass.</summary>
    private async Task<Document?> FixAllAsync(Document document, ImmutableArray<Diagnostic> diagnostics, CancellationToken cancellation)
    {
        SyntaxNode? root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
        SemanticModel? model = await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false);
        if (root is null || model is null)
        {
            return null;
        }

        List<Edit> edits = [];
        foreach (Diagnostic diagnostic in diagnostics)
        {
            // Two findings in one statement are one guard; what lies within another edit waits for the next run.
            if (EditFor(root, diagnostic, model, cancellation) is { } edit && !edits.Exists(other => other.Node.Span.OverlapsWith(edit.Node.Span)))
            {
                edits.Add(edit);
            }
        }

        return edits.Count == 0 ? null : Apply(document, root, edits);
    }

    // `dotnet format` hands every fix the first finding of the analyzer, whichever rule it is of (SolutionCodeFixApplier.cs in dotnet/sdk).
    private Edit? EditFor(SyntaxNode root, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) =>
        FixableDiagnosticIds.Contains(diagnostic.Id)
            ? Plan(root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true), diagnostic, model, cancellation) : null;

    /// <summary>The node to replace and what takes its place (null: it is removed); null where there is nothing to offer.</summary>
    private protected abstract Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation);

    private protected sealed class Edit(SyntaxNode node, SyntaxNode? replacement)
    {
        public SyntaxNode Node { get; } = node;
        public SyntaxNode? Replacement { get; } = replacement;
    }

    /// <summary>An expression written with full names, which the simplifier shortens by what the file imports.</summary>
    private protected static ExpressionSyntax Expression(string text)
    {
        ExpressionSyntax expression = SyntaxFactory.ParseExpression(text);
        return expression
            .ReplaceNodes(expression.DescendantNodesAndSelf().OfType<MemberAccessExpressionSyntax>(), (_, access) => access.WithAdditionalAnnotations(Simplifier.Annotation))
            .WithAdditionalAnnotations(Formatter.Annotation);
    }

    private protected static Edit Replace(SyntaxNode node, string expression) => new(node, Expression(expression).WithTriviaFrom(node));

    /// <summary>The statement to remove where the expression is one by itself, in a block or at top level.</summary>
    private protected static Edit? RemoveStatement(SyntaxNode expression) =>
        expression.Parent is ExpressionStatementSyntax { Parent: BlockSyntax or SwitchSectionSyntax } statement ? new Edit(statement, null)
        : expression.Parent is ExpressionStatementSyntax { Parent: GlobalStatementSyntax global } ? new Edit(global, null)
        : expression.Parent is ExpressionStatementSyntax alone ? new Edit(alone, SyntaxFactory.Block().WithTriviaFrom(alone))
        : null;

    private static Document Apply(Document document, SyntaxNode root, List<Edit> edits)
    {
        SyntaxEditor editor = new(root, document.Project.Solution.Services);
        foreach (Edit edit in edits)
        {
            if (edit.Replacement is null)
            {
                editor.RemoveNode(edit.Node, SyntaxRemoveOptions.KeepUnbalancedDirectives);
            }
            else
            {
                editor.ReplaceNode(edit.Node, edit.Replacement);
            }
        }

        return document.WithSyntaxRoot(editor.GetChangedRoot());
    }

    /// <summary>
    /// Fix All without Roslyn's batch fixer, which compares the equivalence key of each action with that of the action that was chosen:
    /// `dotnet format` chooses by a finding that may be of another rule, and then has no key.
    /// </summary>
    private sealed class NodeFixAllProvider(NodeFixProvider fix) : DocumentBasedFixAllProvider
    {
        protected override Task<Document?> FixAllAsync(FixAllContext fixAllContext, Document document, ImmutableArray<Diagnostic> diagnostics) =>
            fix.FixAllAsync(document, diagnostics, fixAllContext.CancellationToken);
    }
}
