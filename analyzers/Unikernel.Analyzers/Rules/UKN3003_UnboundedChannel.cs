using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3003: a channel that takes all memory when its reader is slower than its writer.</summary>
internal sealed class UKN3003_UnboundedChannel : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = RuntimeRules.UnboundedChannel.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Threading.Channels.Channel"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTestProject(options);

    public override object[]? Report(in ApiUse use) => use.Symbol.Name is "CreateUnbounded" or "CreateUnboundedPrioritized" ? [use.DisplayName] : null;
}
