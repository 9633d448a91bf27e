using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN2305: serializers that find members by reflection.</summary>
internal sealed class UKN2305_ReflectionSerializer : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.ReflectionSerializer.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
    [
        "System.Text.Json.JsonSerializer", "System.Xml.Serialization.XmlSerializer", "System.Runtime.Serialization.DataContractSerializer",
        "System.Runtime.Serialization.Json.DataContractJsonSerializer",
    ];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.FrameworkReportsDynamicCode(options);

    public override object[]? Report(in ApiUse use)
    {
        if (use.Symbol is not IMethodSymbol method)
        {
            return null;
        }

        // The framework marks exactly the overloads that need reflection.
        foreach (AttributeData attribute in method.GetAttributes())
        {
            if (attribute.AttributeClass?.Name == "RequiresUnreferencedCodeAttribute")
            {
                return [use.DisplayName];
            }
        }

        return null;
    }
}
