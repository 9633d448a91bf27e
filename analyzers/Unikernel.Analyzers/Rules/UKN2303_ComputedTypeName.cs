using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN2303: types by names that only the running program knows.</summary>
internal sealed class UKN2303_ComputedTypeName : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.ComputedTypeName.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Type", "System.Reflection.Assembly", "System.Activator"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.FrameworkReportsDynamicCode(options);

    public override object[]? Report(in ApiUse use) =>
        use.Operation is IInvocationOperation { Arguments: { Length: > 0 } arguments } call && IsLookup(use.Type.Name, call.TargetMethod)
        && !arguments[NameIndex(call.TargetMethod)].Value.ConstantValue.HasValue ? [use.DisplayName] : null;

    private static bool IsLookup(string type, IMethodSymbol method) => (type, method.Name) switch
    {
        ("Type" or "Assembly", "GetType") => method.Parameters.Length > 0 && method.Parameters[0].Type.SpecialType == SpecialType.System_String,
        ("Activator", "CreateInstance") => method.Parameters.Length >= 2 && method.Parameters[0].Type.SpecialType == SpecialType.System_String,
        ("Assembly", "CreateInstance") => true,
        _ => false,
    };

    private static int NameIndex(IMethodSymbol method) => method.ContainingType.Name == "Activator" ? 1 : 0;
}
