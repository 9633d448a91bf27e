using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN2301: Reflection.Emit.</summary>
internal sealed class UKN2301_ReflectionEmit : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.ReflectionEmit.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
    [
        "System.Reflection.Emit.AssemblyBuilder", "System.Reflection.Emit.DynamicMethod", "System.Reflection.Emit.PersistedAssemblyBuilder",
        "System.Reflection.Emit.DynamicILInfo",
    ];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.FrameworkReportsDynamicCode(options);

    public override object[]? Report(in ApiUse use) =>
        use.Symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } or IMethodSymbol { Name: "DefineDynamicAssembly" } ? [use.DisplayName] : null;
}
