using System;
using System.Collections.Generic;

namespace Unikernel.Analyzers;

/// <summary>What a project can state that it uses, and the needs of api-needs.txt that each covers.</summary>
internal static class Capability
{
    /// <summary>The item of the project.</summary>
    public const string Item = "UnikernelCapability";

    public static readonly string[] Names = ["Network", "Files"];

    public static readonly Dictionary<string, string[]> Needs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Network"] = ["network"],
        ["Files"] = ["files"],
    };
}
