using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1022: a capability that no rule knows.</summary>
internal sealed class UKN1022_UnknownCapability : ProjectRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.UnknownCapability.ToDescriptor();

    public override IEnumerable<object[]> Report(ProjectElement element, AnalyzerConfigOptionsProvider options)
    {
        if (element.Name != Capability.Item)
        {
            yield break;
        }

        foreach (string name in element.Names)
        {
            // A name that MSBuild computes is not known here.
            if (!Capability.Needs.ContainsKey(name) && name.IndexOfAny(['$', '@', '%']) < 0)
            {
                yield return [name, string.Join(", ", Capability.Names)];
            }
        }
    }
}
