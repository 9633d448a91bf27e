using Microsoft.CodeAnalysis;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>Roslyn's form of a rule of the registry; the only place where a descriptor is made.</summary>
internal static class Descriptors
{
    public static DiagnosticDescriptor ToDescriptor(this Rule rule, bool compilationEnd = false) => new(
        rule.Id,
        rule.Title,
        rule.Message,
        rule.Category,
        rule.Level switch
        {
            RuleLevel.Error => DiagnosticSeverity.Error,
            RuleLevel.Warning => DiagnosticSeverity.Warning,
            _ => DiagnosticSeverity.Info,
        },
        isEnabledByDefault: rule.Level != RuleLevel.Disabled,
        helpLinkUri: rule.HelpLink,
        customTags: compilationEnd ? [WellKnownDiagnosticTags.CompilationEnd] : []);
}
