using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1005: ending the process ends the machine.</summary>
internal sealed class UKN1005_EnvironmentExit : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.EnvironmentExit.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Environment"];

    public override object[]? Report(in ApiUse use) => use.Symbol.Name is "Exit" or "FailFast" ? [use.DisplayName] : null;
}
