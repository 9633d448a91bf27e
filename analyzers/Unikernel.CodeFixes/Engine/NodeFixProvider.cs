using System.Collections.Immutable;
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

    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

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
            SyntaxNode node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Plan(node, diagnostic, model, context.CancellationToken) is { } edit)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(Title, cancellation => ApplyAsync(context.Document, root, edit, cancellation), equivalenceKey: Title),
                    diagnostic);
            }
        }
    }

    /// <summary>The node to replace and what takes its place (null: it is removed); null where there is nothing to offer.</summary>
    private protected abstract Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation);

    private protected sealed class Edit(SyntaxNode node, SyntaxNode? replacement)
    {
        public SyntaxNode Node { get; } = node;
        public SyntaxNode? Replacement { get; } = replacement;
    }

    /// <summary>An expression written with full names, which the simplifier shortens by what the file imports.</summary>
    private protected static ExpressionSyntax Expression(string text) =>
        SyntaxFactory.ParseExpression(text).WithAdditionalAnnotations(Simplifier.Annotation, Simplifier.AddImportsAnnotation, Formatter.Annotation);

    private protected static Edit Replace(SyntaxNode node, string expression) => new(node, Expression(expression).WithTriviaFrom(node));

    /// <summary>The statement to remove where the expression is one by itself, in a block or at top level.</summary>
    private protected static Edit? RemoveStatement(SyntaxNode expression) =>
        expression.Parent is ExpressionStatementSyntax { Parent: BlockSyntax or SwitchSectionSyntax } statement ? new Edit(statement, null)
        : expression.Parent is ExpressionStatementSyntax { Parent: GlobalStatementSyntax global } ? new Edit(global, null)
        : expression.Parent is ExpressionStatementSyntax alone ? new Edit(alone, SyntaxFactory.Block().WithTriviaFrom(alone))
        : null;

    private static Task<Document> ApplyAsync(Document document, SyntaxNode root, Edit edit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        SyntaxEditor editor = new(root, document.Project.Solution.Services);
        if (edit.Replacement is null)
        {
            editor.RemoveNode(edit.Node, SyntaxRemoveOptions.KeepUnbalancedDirectives);
        }
        else
        {
            editor.ReplaceNode(edit.Node, edit.Replacement);
        }

        return Task.FromResult(document.WithSyntaxRoot(editor.GetChangedRoot()));
    }
}
