using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN2302: loading assemblies.</summary>
internal sealed class UKN2302_AssemblyLoading : ApiRule
{
    private static readonly HashSet<string> s_loaders =
        ["Load", "LoadFrom", "LoadFile", "UnsafeLoadFrom", "LoadModule", "LoadWithPartialName", "LoadFromAssemblyPath", "LoadFromStream", "LoadFromNativeImagePath"];

    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.AssemblyLoading.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
        ["System.Reflection.Assembly", "System.Runtime.Loader.AssemblyLoadContext", "System.AppDomain"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.FrameworkReportsDynamicCode(options);

    public override object[]? Report(in ApiUse use)
    {
        if (use.Symbol is not IMethodSymbol method || !s_loaders.Contains(method.Name))
        {
            return null;
        }

        // Assembly.Load of a name finds what is compiled into the image; of bytes it never can.
        return use.Type.Name == "Assembly" && method.Name == "Load" && method.Parameters is [{ Type: { SpecialType: SpecialType.System_String } or { Name: "AssemblyName" } }, ..]
            ? null : [use.DisplayName];
    }
}
