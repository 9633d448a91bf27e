using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1003: the image has UTC and the zones that the project names (items UnikernelTimeZone). <c>DateTime.Now</c> is not reported: it is UTC in most
/// containers as well, and servers are written for that.
/// </summary>
internal sealed class UKN1003_TimeZones : ApiRule
{
    // What UTC is called in the time zone database; GMT is another zone of the same time.
    private static readonly HashSet<string> s_utc = new(StringComparer.Ordinal)
    {
        "UTC", "UCT", "Universal", "Zulu", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Etc/GMT", "Etc/GMT0",
        "Etc/GMT+0", "Etc/GMT-0", "Etc/Greenwich",
    };

    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.TimeZones.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.TimeZoneInfo"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTrue(options, "UnikernelAllTimeZones");

    public override object[]? Report(in ApiUse use) => (use.Type.Name, use.Symbol.Name) switch
    {
        ("TimeZoneInfo", "FindSystemTimeZoneById" or "TryFindSystemTimeZoneById" or "ConvertTimeBySystemTimeZoneId") when !IsThere(use) => [use.DisplayName],
        ("TimeZoneInfo", "Local" or "GetSystemTimeZones") when Zones(use).Length == 0 => [use.DisplayName],
        _ => null,
    };

    public override ImmutableDictionary<string, string?> Properties(in ApiUse use) =>
        use.Symbol.Name == "Local" ? ImmutableDictionary<string, string?>.Empty.Add("Member", "Utc") : ImmutableDictionary<string, string?>.Empty;

    // A name that is computed may be one of those that the project has.
    private static bool IsThere(in ApiUse use)
    {
        string[] zones = Zones(use);
        if (use.Operation is not IInvocationOperation { Arguments.Length: > 0 } invocation)
        {
            return zones.Length > 0;
        }

        IArgumentOperation? named = invocation.Arguments.FirstOrDefault(argument => argument.Parameter?.Name is "id" or "destinationTimeZoneId");
        return named?.Value.ConstantValue is { HasValue: true, Value: string id } ? s_utc.Contains(id) || zones.Contains(id) : zones.Length > 0;
    }

    private static string[] Zones(in ApiUse use) => AnalyzerGate.Value(use.Options, "UnikernelTimeZones").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
}
