using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1013: marshalling by types known only at run time. Silent where the framework's AOT analyzer (IL3050) says it already.</summary>
internal sealed class UKN1013_RuntimeMarshalling : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.RuntimeMarshalling.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Runtime.InteropServices.Marshal"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.FrameworkReportsDynamicCode(options);

    public override object[]? Report(in ApiUse use) => use.Symbol is not IMethodSymbol { IsGenericMethod: false } method ? null : method.Name switch
    {
        "GetDelegateForFunctionPointer" => [use.DisplayName, "Marshal.GetDelegateForFunctionPointer<T> or a function pointer"],
        "PtrToStructure" when method.Parameters.Length == 2 => [use.DisplayName, "Marshal.PtrToStructure<T>"],
        "SizeOf" when method.Parameters[0].Type.Name == "Type" => [use.DisplayName, "Marshal.SizeOf<T> or sizeof"],
        "OffsetOf" => [use.DisplayName, "Marshal.OffsetOf<T>"],
        "DestroyStructure" => [use.DisplayName, "Marshal.DestroyStructure<T>"],
        _ => null,
    };
}
