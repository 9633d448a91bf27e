using System;
using System.Collections.Generic;

namespace Unikernel.Diagnostics;

/// <summary>What a project can state that it uses, and the needs of api-needs.txt that each covers: the same for analyzers and linker.</summary>
public static class Capability
{
    /// <summary>The item of the project.</summary>
    public const string Item = "UnikernelCapability";

    /// <summary>All of them, in the order in which messages list them.</summary>
    public static readonly IReadOnlyList<string> Names = new[] { "Network", "Files" };

    /// <summary>By name, whatever its case.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Needs = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase)
    {
        ["Network"] = new[] { "network" },
        ["Files"] = new[] { "files" },
    };

    /// <summary>
    /// Whether an API of a namespace is a way to the capability. Nearly everything reaches files somewhere (a socket that is closed deletes the
    /// file of a Unix domain socket), and only what is about files says that the program wants them.
    /// </summary>
    public static bool IsWayIn(string capability, string apiNamespace) =>
        !capability.Equals("Files", StringComparison.OrdinalIgnoreCase)
        || apiNamespace == "System.IO" || apiNamespace.StartsWith("System.IO.", StringComparison.Ordinal);
}
