using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1008: there are no users, and no name of the machine that tells one instance from another.</summary>
internal sealed class UKN1008_MachineAndUserNames : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.MachineAndUserNames.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Environment", "System.Net.Dns"];

    public override object[]? Report(in ApiUse use) => (use.Type.Name, use.Symbol.Name) switch
    {
        ("Environment", "MachineName" or "UserName" or "UserDomainName" or "IsPrivilegedProcess") => [use.DisplayName],
        ("Dns", "GetHostName") => [use.DisplayName],
        _ => null,
    };
}
