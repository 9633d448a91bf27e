using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3006: GC.Collect in a loop.</summary>
internal sealed class UKN3006_CollectInLoop : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = RuntimeRules.CollectInLoop.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.GC"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTestProject(options);

    public override object[]? Report(in ApiUse use) => use.Symbol.Name == "Collect" && Loops.IsInLoop(use.Operation) ? [use.DisplayName] : null;
}
