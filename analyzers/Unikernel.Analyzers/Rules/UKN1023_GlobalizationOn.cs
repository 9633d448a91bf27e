using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1023: culture data asked for that no image has. Under a condition it may be meant for other platforms.</summary>
internal sealed class UKN1023_GlobalizationOn : ProjectRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.GlobalizationOn.ToDescriptor();

    public override IEnumerable<object[]> Report(ProjectElement element, AnalyzerConfigOptionsProvider options)
    {
        if (element is { Name: "InvariantGlobalization", IsConditional: false } && element.Value.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            yield return [];
        }
    }
}
