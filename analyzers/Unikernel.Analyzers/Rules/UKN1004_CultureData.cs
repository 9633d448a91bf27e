using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1004: a named culture has invariant data, because the image carries no ICU.</summary>
internal sealed class UKN1004_CultureData : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.CultureData.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Globalization.CultureInfo", "System.Globalization.RegionInfo"];

    public override object[]? Report(in ApiUse use)
    {
        string? culture = use.Operation switch
        {
            IObjectCreationOperation { Arguments: { Length: > 0 } arguments } => Name(arguments[0]),
            IInvocationOperation { TargetMethod.Name: "GetCultureInfo" or "CreateSpecificCulture" or "GetCultureInfoByIetfLanguageTag", Arguments: { Length: > 0 } arguments } => Name(arguments[0]),
            _ => null,
        };
        return culture is null or "" ? null : [use.DisplayName, culture];
    }

    private static string? Name(IArgumentOperation argument) => argument.Value switch
    {
        { ConstantValue: { HasValue: true, Value: string name } } => name,
        { ConstantValue: { HasValue: true, Value: int lcid } } => lcid == 127 ? "" : "LCID " + lcid.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    };
}
