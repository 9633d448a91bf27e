using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1003: the machine knows UTC only. <c>DateTime.Now</c> is not reported: it is UTC in most containers as well, and servers are written for that.
/// </summary>
internal sealed class UKN1003_TimeZones : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.TimeZones.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.TimeZoneInfo"];

    public override object[]? Report(in ApiUse use) => (use.Type.Name, use.Symbol.Name) switch
    {
        ("TimeZoneInfo", "FindSystemTimeZoneById" or "TryFindSystemTimeZoneById" or "ConvertTimeBySystemTimeZoneId") when !IsUtc(use.Operation) => [use.DisplayName],
        ("TimeZoneInfo", "Local" or "GetSystemTimeZones") => [use.DisplayName],
        _ => null,
    };

    public override ImmutableDictionary<string, string?> Properties(in ApiUse use) =>
        use.Symbol.Name == "Local" ? ImmutableDictionary<string, string?>.Empty.Add("Member", "Utc") : ImmutableDictionary<string, string?>.Empty;

    private static bool IsUtc(IOperation? operation) =>
        operation is IInvocationOperation { Arguments: { Length: > 0 } arguments }
        && arguments[0].Value.ConstantValue is { HasValue: true, Value: "UTC" or "Etc/UTC" or "GMT" };
}
