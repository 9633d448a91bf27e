using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unikernel.Linker.Surface;

/// <summary>One entry point of a native library of the framework, from <c>os-surface.json</c>.</summary>
/// <param name="Library">The library as P/Invokes name it.</param>
/// <param name="Name">The entry point.</param>
/// <param name="Need">Comma-separated words of <see cref="NeedVocabulary"/>; empty: none.</param>
/// <param name="Status">provided, emulated, core, native or absent.</param>
/// <param name="Api">The API by which users know it, where it is absent.</param>
/// <param name="Why">How it is emulated, or why it is absent.</param>
public sealed record EntryPointInfo(string Library, string Name, string Need, string Status, string? Api = null, string? Why = null);

/// <summary>The hand-kept facts about every entry point of a framework version.</summary>
public sealed record EntryPointData(int Version, string Framework, IReadOnlyList<EntryPointInfo> EntryPoints)
{
    private const int SupportedVersion = 1;

    /// <summary>Reads and checks a data file.</summary>
    /// <exception cref="FormatException">The file is not such data.</exception>
    public static EntryPointData Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        EntryPointData? data;
        try
        {
            data = JsonSerializer.Deserialize(stream, EntryPointDataContext.Default.EntryPointData);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }

        if (data is not { Version: SupportedVersion, EntryPoints: not null })
            throw new FormatException($"{path}: not operating system surface data of version {SupportedVersion}");
        foreach (EntryPointInfo entry in data.EntryPoints)
        {
            if (entry.Status is not ("provided" or "emulated" or "core" or "native" or "absent"))
                throw new FormatException($"{path}: {entry.Name}: '{entry.Status}' is not a status");
            NeedVocabulary.Parse(entry.Need);
        }

        return data;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EntryPointData))]
internal sealed partial class EntryPointDataContext : JsonSerializerContext;
