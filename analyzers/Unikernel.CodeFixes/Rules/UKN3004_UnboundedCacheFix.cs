using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary>The options of a cache get a size limit.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN3004_UnboundedCacheFix)), Shared]
public sealed class UKN3004_UnboundedCacheFix() : NodeFixProvider(RuntimeRules.UnboundedCache, "Limit the size")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation) => node switch
    {
        ObjectCreationExpressionSyntax { Initializer: null } creation => new Edit(
            creation, SyntaxFactory.ParseExpression("new " + creation.Type + " { SizeLimit = 1024 }").WithTriviaFrom(creation)),
        InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0, Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "AddMemoryCache" } } call => new Edit(
            call, call.WithArgumentList(SyntaxFactory.ParseArgumentList("(options => options.SizeLimit = 1024)"))),
        _ => null,
    };
}
