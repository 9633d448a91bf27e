using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.CodeAnalysis;

namespace Unikernel.Analyzers;

/// <summary>What a need is on a unikernel.</summary>
internal enum NeedKind
{
    /// <summary>Nothing that has to be said.</summary>
    Plain,

    /// <summary>There, but not as on Linux; a rule of its own speaks of it.</summary>
    Emulated,

    /// <summary>There where the machine has the device.</summary>
    Device,

    /// <summary>No unikernel has it.</summary>
    Absent,
}

internal readonly struct Need(string name, NeedKind kind, string reason)
{
    public string Name { get; } = name;
    public NeedKind Kind { get; } = kind;
    public string Reason { get; } = reason;
}

/// <summary>
/// What each public API of the framework needs from an operating system, as the linker computed it from the framework's own IL
/// (docs/os-surface.md). The file is read once per process; a lookup that misses allocates nothing.
/// </summary>
internal sealed class ApiNeeds
{
    private static readonly Lazy<ApiNeeds> s_shipped = new(LoadShipped);

    private readonly Dictionary<string, TypeNeeds> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _simpleNames = new(StringComparer.Ordinal);

    public static ApiNeeds Shipped => s_shipped.Value;

    public string FrameworkVersion { get; private set; } = "";

    public IEnumerable<string> TypeNames => _types.Keys;

    private static ApiNeeds LoadShipped()
    {
        using Stream stream = typeof(ApiNeeds).Assembly.GetManifestResourceStream("api-needs.txt")
            ?? throw new InvalidOperationException("the analyzer assembly lacks its resource api-needs.txt");
        using StreamReader reader = new(stream);
        return Parse(reader);
    }

    /// <summary>Reads the format that <c>Unikernel.Linker surface</c> writes (linker/docs/formats.md).</summary>
    /// <exception cref="FormatException">The text is not of version 1 or a line has another shape.</exception>
    public static ApiNeeds Parse(TextReader reader)
    {
        const string Magic = "unikernel-api-needs 1 ";
        string? header = reader.ReadLine();
        if (header is null || !header.StartsWith(Magic, StringComparison.Ordinal))
        {
            throw new FormatException("api-needs: the first line is not '" + Magic + "<framework version>'");
        }

        ApiNeeds needs = new() { FrameworkVersion = header.Substring(Magic.Length).Trim() };
        Dictionary<string, Need> words = new(StringComparer.Ordinal);
        Dictionary<string, Need[]> sets = new(StringComparer.Ordinal);
        TypeNeeds? members = null;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("need ", StringComparison.Ordinal))
            {
                string[] parts = line.Split([' '], 4);
                if (parts.Length < 4 || !Enum.TryParse(parts[2], ignoreCase: true, out NeedKind kind))
                {
                    throw new FormatException("api-needs: not a declaration of a need: " + line);
                }

                words.Add(parts[1], new Need(parts[1], kind, parts[3]));
            }
            else if (line[0] == '\t')
            {
                int tab = line.IndexOf('\t', 1);
                if (tab < 0 || members is null)
                {
                    throw new FormatException("api-needs: not a member: " + line);
                }

                string set = line.Substring(1, tab - 1);
                if (!sets.TryGetValue(set, out Need[]? value))
                {
                    value = Array.ConvertAll(set.Split(','), word => words.TryGetValue(word, out Need need)
                        ? need : throw new FormatException("api-needs: need '" + word + "' is not declared"));
                    sets.Add(set, value);
                }

                members.Add(line.Substring(tab + 1), value);
            }
            else
            {
                members = new TypeNeeds();
                needs._types.Add(line, members);
                needs._simpleNames.Add(line.Substring(line.LastIndexOfAny(['.', '+']) + 1));
            }
        }

        return needs;
    }

    /// <summary>The table of a type, or null where none of its members needs anything. What asks often keeps the answer for a compilation.</summary>
    public TypeNeeds? Of(INamedTypeSymbol type)
    {
        // The simple name decides nearly always, and MetadataName is a stored string: no allocation for a type that is not listed.
        if (!_simpleNames.Contains(type.MetadataName))
        {
            return null;
        }

        return _types.TryGetValue(FullMetadataName(type), out TypeNeeds? members) ? members : null;
    }

    internal static string FullMetadataName(INamedTypeSymbol type)
    {
        if (type.ContainingType is { } outer)
        {
            return FullMetadataName(outer) + "+" + type.MetadataName;
        }

        return type.ContainingNamespace is { IsGlobalNamespace: false } space ? space.ToDisplayString() + "." + type.MetadataName : type.MetadataName;
    }
}
