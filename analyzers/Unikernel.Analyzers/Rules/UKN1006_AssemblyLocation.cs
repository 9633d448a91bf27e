using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1006: an assembly has no path. Silent where the framework's single-file analyzer (IL3000) says it already.</summary>
internal sealed class UKN1006_AssemblyLocation : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.AssemblyLocation.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Reflection.Assembly", "System.Reflection.AssemblyName"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTrue(options, "EnableSingleFileAnalyzer");

    public override object[]? Report(in ApiUse use) => (use.Type.Name, use.Symbol.Name) switch
    {
        ("Assembly", "Location" or "CodeBase" or "EscapedCodeBase" or "GetFile" or "GetFiles") => [use.DisplayName],
        ("AssemblyName", "CodeBase" or "EscapedCodeBase") => [use.DisplayName],
        _ => null,
    };

    public override ImmutableDictionary<string, string?> Properties(in ApiUse use) =>
        ImmutableDictionary<string, string?>.Empty.Add("Member", use.Symbol.Name);
}
