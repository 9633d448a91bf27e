using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1001: an API whose need no unikernel has, judged by the linker's data about the framework (api-needs.txt), not by a list made by hand.</summary>
internal sealed class UKN1001_UnavailableApi : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.UnavailableApi.ToDescriptor();

    public override IReadOnlyCollection<string>? Types => null;

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.LinkerReports(options);

    public override bool Judges(TypeNeeds? needs) => needs is { HasAbsent: true };

    public override object[]? Report(in ApiUse use)
    {
        if (use.Needs is not { } members || CurrentProcess.IsMember(use))
        {
            return null;
        }

        Need? absent = use.Symbol is INamedTypeSymbol ? OfType(members.Members) : members.Of(use.Symbol) is { } needs ? TypeNeeds.AbsentOf(needs) : null;
        return absent is { } need ? [use.DisplayName, need.Name, need.Reason] : null;
    }

    /// <summary>
    /// A base type or typeof by itself runs nothing. The type is what is missing where most of what it offers is: then a class derived
    /// from it has no use either.
    /// </summary>
    private static Need? OfType(IReadOnlyDictionary<string, Need[]> members)
    {
        int absent = 0;
        Need? found = null;
        foreach (KeyValuePair<string, Need[]> member in members)
        {
            if (TypeNeeds.AbsentOf(member.Value) is { } need)
            {
                absent++;
                found = need;
            }
        }

        return absent >= 3 && absent * 2 > members.Count ? found : null;
    }
}
