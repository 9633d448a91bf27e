using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>The members of <c>Process</c> that a program asks about itself, and what answers them on a unikernel.</summary>
internal static class CurrentProcess
{
    /// <summary>Member of Process → the expression that gives the same figure without an operating system.</summary>
    public static readonly ImmutableDictionary<string, string> Replacements = ImmutableDictionary<string, string>.Empty
        .Add("Id", "Environment.ProcessId")
        .Add("WorkingSet64", "Environment.WorkingSet")
        .Add("TotalProcessorTime", "Environment.CpuUsage.TotalTime")
        .Add("UserProcessorTime", "Environment.CpuUsage.UserTime")
        .Add("PrivilegedProcessorTime", "Environment.CpuUsage.PrivilegedTime");

    /// <summary>GetCurrentProcess and what is asked of it: UKN1010 speaks of it, so no other rule does.</summary>
    public static bool IsMember(in ApiUse use) => IsCall(use.Symbol)
        || (Replacements.ContainsKey(use.Symbol.Name) && use.Operation is IPropertyReferenceOperation { Instance: IInvocationOperation { TargetMethod: { } target } } && IsCall(target));

    private static bool IsCall(ISymbol symbol) => symbol.Name == "GetCurrentProcess" && symbol.ContainingType?.Name == "Process";
}

/// <summary>UKN1010: figures about the current process.</summary>
internal sealed class UKN1010_CurrentProcess : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.CurrentProcess.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Diagnostics.Process"];

    public override object[]? Report(in ApiUse use)
    {
        if (use.Symbol.Name != "GetCurrentProcess")
        {
            return null;
        }

        string instead = Member(use) is { } member && CurrentProcess.Replacements.TryGetValue(member, out string? expression)
            ? expression : "Environment (ProcessId, WorkingSet, CpuUsage) or GC.GetGCMemoryInfo";
        return [use.DisplayName, instead];
    }

    public override ImmutableDictionary<string, string?> Properties(in ApiUse use) =>
        Member(use) is { } member && CurrentProcess.Replacements.TryGetValue(member, out string? expression)
            ? ImmutableDictionary<string, string?>.Empty.Add("Replacement", expression) : ImmutableDictionary<string, string?>.Empty;

    private static string? Member(in ApiUse use) => use.Operation?.Parent is IPropertyReferenceOperation property ? property.Property.Name : null;
}
