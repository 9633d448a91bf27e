using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1009: the scheduler is round robin.</summary>
internal sealed class UKN1009_ThreadPriority : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.ThreadPriority.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Threading.Thread"];

    // Only where it is set: reading it is harmless.
    public override object[]? Report(in ApiUse use) =>
        use.Symbol.Name == "Priority" && use.Operation is { Parent: IAssignmentOperation assignment } && assignment.Target == use.Operation ? [use.DisplayName] : null;
}
