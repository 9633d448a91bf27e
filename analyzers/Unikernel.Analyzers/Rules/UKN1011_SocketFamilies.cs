using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1011: address families and socket types without a stack.</summary>
internal sealed class UKN1011_SocketFamilies : ApiRule
{
    private static readonly HashSet<string> s_families = ["InterNetwork", "InterNetworkV6", "Unix", "Unspecified", "Unknown"];

    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.SocketFamilies.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Net.Sockets.Socket"];

    public override object[]? Report(in ApiUse use)
    {
        if (use.Operation is not IObjectCreationOperation creation)
        {
            return null;
        }

        foreach (IArgumentOperation argument in creation.Arguments)
        {
            if (argument.Value is IFieldReferenceOperation { Field: { ContainingType.Name: "AddressFamily" or "SocketType", IsStatic: true } field }
                && (field.ContainingType.Name == "AddressFamily" ? !s_families.Contains(field.Name) : field.Name == "Rdm"))
            {
                return [field.ContainingType.Name + "." + field.Name];
            }
        }

        return null;
    }
}
