using System.Composition;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Unikernel.Diagnostics;

namespace Unikernel.CodeFixes;

/// <summary><c>TimeZoneInfo.Local</c> becomes <c>TimeZoneInfo.Utc</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(UKN1003_TimeZonesFix)), Shared]
public sealed class UKN1003_TimeZonesFix() : NodeFixProvider(PlatformRules.TimeZones, "Use UTC")
{
    private protected override Edit? Plan(SyntaxNode node, Diagnostic diagnostic, SemanticModel model, CancellationToken cancellation)
    {
        if (!diagnostic.Properties.TryGetValue("Member", out string? member) || member is null)
        {
            return null;
        }

        SimpleNameSyntax? name = node switch
        {
            MemberAccessExpressionSyntax access => access.Name,
            SimpleNameSyntax simple => simple,
            _ => null,
        };
        return name is null ? null : new Edit(name, SyntaxFactory.IdentifierName(member).WithTriviaFrom(name));
    }
}
