using System.Globalization;

namespace Unikernel.Benchmarks;

/// <summary>ld.lld's map of an image: which input and which symbol an address belongs to.</summary>
internal sealed class LinkMap
{
    private const int NameColumn = 49; // two addresses, a size, an alignment; inputs are indented by 8 more, symbols by 16
    private const ulong LoadAddress = 0x200000; // link/unikernel.lds; sections that are not loaded, as those for debuggers, stand at 0
    private readonly List<Range> _parts = [], _symbols = [];

    /// <summary>Reads the map that the SDK's link leaves in obj.</summary>
    public static LinkMap Read(string file)
    {
        LinkMap map = new();
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 5 || !ulong.TryParse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong start)
                || start < LoadAddress || !ulong.TryParse(words[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong size))
            {
                continue;
            }

            string name = string.Join(' ', words[4..]);
            if (line.Length > NameColumn + 16 && string.IsNullOrWhiteSpace(line[NameColumn..(NameColumn + 16)]))
            {
                if (!name.Contains(" = ", StringComparison.Ordinal))
                    map._symbols.Add(new Range(start, start + size, name));
            }
            else if (size > 0 && name.Contains(":(", StringComparison.Ordinal))
            {
                map._parts.Add(new Range(start, start + size, Part(name)));
            }
        }

        map._parts.Sort((a, b) => a.Start.CompareTo(b.Start));
        map._symbols.Sort((a, b) => a.Start.CompareTo(b.Start));
        return map;
    }

    /// <summary>The archive (with the member, where it is the core's), the compiler's object, or the firmware.</summary>
    public string PartAt(ulong address) => Find(_parts, address) ?? "firmware";

    /// <summary>The function.</summary>
    public string SymbolAt(ulong address) => (Find(_parts, address) is null ? null : Find(_symbols, address)) ?? PartAt(address);

    private static string? Find(List<Range> ranges, ulong address)
    {
        int low = 0, high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ranges[middle].Start <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // A symbol of assembly has no size: it reaches to the next one.
        return low > 0 && (address < ranges[low - 1].End || ranges[low - 1].End == ranges[low - 1].Start) ? ranges[low - 1].Name : null;
    }

    // `/folder/core.a(kmain.o):(.text.kmain)`
    private static string Part(string input)
    {
        string file = Path.GetFileName(input[..input.LastIndexOf(":(", StringComparison.Ordinal)]);
        return file.StartsWith("core.a(", StringComparison.Ordinal) ? file : file.Split('(')[0];
    }

    private sealed record Range(ulong Start, ulong End, string Name);
}
