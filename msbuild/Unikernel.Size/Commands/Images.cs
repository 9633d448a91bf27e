using Unikernel.Size.Attribution;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;
using Unikernel.Size.Output;

namespace Unikernel.Size.Commands;

/// <summary>Finds what explains an image.</summary>
public static class Images
{
    /// <summary>From map and size data if they are given; else from the report or the symbols beside the image.</summary>
    public static SizeReport Load(string path, Options? options)
    {
        if (path.EndsWith(".json", StringComparison.Ordinal))
            return JsonReport.Read(path);

        ElfFile image = ElfFile.Read(path);
        string name = Path.GetFileName(path);
        if (options?.Map is { } map)
        {
            Task<Mstat?> mstat = Task.Run(() => ReadMstat(options.Mstat));
            return Attribute(name, image, LinkMap.Read(map), options.Mstat, mstat.GetAwaiter().GetResult());
        }

        string sidecar = Sidecar(path);
        if (File.Exists(sidecar) && JsonReport.Read(sidecar) is var report && report.Bytes == image.Length)
            return report;
        string symbols = path + ".dbg";
        if (!File.Exists(symbols))
            throw new InputException(path, $"has neither its report ('{Path.GetFileName(sidecar)}') nor its symbols ('{Path.GetFileName(symbols)}') beside it, so nothing tells what its bytes are");
        ElfFile symbolFile = ElfFile.Read(symbols);
        CheckSymbols(path, image, symbols, symbolFile);
        SizeReport found = Attribute(name, image, LinkMap.FromSymbols(symbolFile), options?.Mstat, ReadMstat(options?.Mstat));
        found.Notes.Add($"there is no report ('{Path.GetFileName(sidecar)}') of this image beside it: parts are told by symbols alone, without assemblies and archives");
        return found;
    }

    /// <summary>Where the report of an image is: `bin/App.elf` has `bin/App.size.json`.</summary>
    public static string Sidecar(string image) => Path.ChangeExtension(image, ".size.json");

    private static Mstat? ReadMstat(string? path) => File.Exists(path) ? Mstat.Read(path) : null;

    private static SizeReport Attribute(string name, ElfFile image, LinkMap map, string? path, Mstat? mstat)
    {
        SizeReport report = ImageAttribution.Attribute(name, image, map, mstat);
        if (path is not null && mstat is null)
            report.Notes.Add($"ILC wrote no size data ('{path}'): C# is told by symbols alone, without assemblies");
        return report;
    }

    private static void CheckSymbols(string path, ElfFile image, string symbols, ElfFile symbolFile)
    {
        bool same = image.Segments.Where(s => s.IsLoad).Select(s => (s.Address, s.FileSize, s.MemorySize))
            .SequenceEqual(symbolFile.Segments.Where(s => s.IsLoad).Select(s => (s.Address, s.FileSize, s.MemorySize)));
        if (!same)
            throw new InputException(symbols, $"are not the symbols of '{path}': the segments differ");
    }
}
