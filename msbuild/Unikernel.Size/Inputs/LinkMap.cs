using System.Globalization;

namespace Unikernel.Size.Inputs;

/// <summary>A named place of the image.</summary>
public readonly record struct MapSymbol(string Name, ulong Address, ulong Size);

/// <summary>What one object file gave to an output section.</summary>
/// <param name="File">The object file or archive; <c>&lt;internal&gt;</c> for what the linker made.</param>
/// <param name="Member">The member of the archive, or null.</param>
public sealed record InputSection(string File, string? Member, string Name, ulong Address, ulong Size, ulong Alignment)
{
    public List<MapSymbol> Symbols { get; } = [];
}

/// <summary>A section of the image.</summary>
public sealed record OutputSection(string Name, ulong Address, ulong Size)
{
    public List<InputSection> Inputs { get; } = [];
}

/// <summary>The map that `ld.lld -Map` writes (lld/ELF/MapFile.cpp): output sections, input sections, symbols, by indentation.</summary>
public sealed class LinkMap
{
    private const string Header = "             VMA              LMA     Size Align Out     In      Symbol";

    /// <summary>The sections that have an address, in the order of the file.</summary>
    public List<OutputSection> Sections { get; } = [];

    public static LinkMap Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "does not exist");
        using var reader = new StreamReader(path);
        return Parse(path, reader);
    }

    public static LinkMap Parse(string path, TextReader reader)
    {
        if (reader.ReadLine() is not { } first || first.TrimEnd() != Header.TrimEnd())
            throw new InputException(path, "is not a map of ld.lld: its first line has to be 'VMA LMA Size Align Out In Symbol'");

        var map = new LinkMap();
        OutputSection? section = null;
        InputSection? input = null;
        int number = 1;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0)
                continue;
            if (!TryParse(line, out ulong address, out ulong size, out ulong alignment, out int indent, out ReadOnlySpan<char> text))
                throw new InputException(path, $"line {number} is not a line of a map of ld.lld: '{line.Trim()}'");
            // Assignments of the linker script stand at the level of what they stand between.
            bool assignment = text.Contains(" = ", StringComparison.Ordinal) && !text.EndsWith(")") || text.StartsWith(". ") || text.StartsWith(". =");
            switch (indent)
            {
                case 0 when !assignment:
                    section = new OutputSection(text.ToString(), address, size);
                    input = null;
                    if (address != 0) // sections with debug information are not loaded
                        map.Sections.Add(section);
                    break;
                case 8 when section is not null && !assignment:
                    input = ParseInput(text, address, size, alignment);
                    if (input is not null)
                        section.Inputs.Add(input);
                    break;
                case 16 when input is not null:
                    input.Symbols.Add(new MapSymbol(text.ToString(), address, size));
                    break;
            }
        }

        if (map.Sections.Count == 0)
            throw new InputException(path, "names no section that is loaded: it was cut off");
        return map;
    }

    private static bool TryParse(string line, out ulong address, out ulong size, out ulong alignment, out int indent, out ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = line;
        size = alignment = 0;
        indent = 0;
        text = default;
        if (!Number(ref rest, NumberStyles.AllowHexSpecifier, out address) || !Number(ref rest, NumberStyles.AllowHexSpecifier, out _)
            || !Number(ref rest, NumberStyles.AllowHexSpecifier, out size) || !Number(ref rest, NumberStyles.None, out alignment) || rest.IsEmpty)
        {
            return false;
        }

        rest = rest[1..];
        text = rest.TrimStart(' ');
        indent = rest.Length - text.Length;
        return !text.IsEmpty;
    }

    private static bool Number(ref ReadOnlySpan<char> rest, NumberStyles style, out ulong value)
    {
        rest = rest.TrimStart(' ');
        int end = rest.IndexOf(' ');
        ReadOnlySpan<char> digits = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[end..];
        return ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out value);
    }

    /// <summary><c>file:(section)</c> or <c>archive(member):(section)</c>; a piece of .eh_frame has <c>+0x…</c> behind its section.</summary>
    private static InputSection? ParseInput(ReadOnlySpan<char> text, ulong address, ulong size, ulong alignment)
    {
        int colon = text.LastIndexOf(":(");
        if (colon < 0 || text[^1] != ')')
            return null;
        ReadOnlySpan<char> name = text[(colon + 2)..^1];
        int plus = name.LastIndexOf("+0x");
        if (plus > 0)
            name = name[..plus];
        ReadOnlySpan<char> file = text[..colon];
        string? member = null;
        if (file.EndsWith(")") && file.LastIndexOf('(') is > 0 and var open)
        {
            member = file[(open + 1)..^1].ToString();
            file = file[..open];
        }

        return new InputSection(file.ToString(), member, name.ToString(), address, size, alignment);
    }

    /// <summary>The map of an image whose map is gone, from its symbol file: sections and symbols, without object files.</summary>
    public static LinkMap FromSymbols(ElfFile symbols)
    {
        var map = new LinkMap();
        foreach (ElfSection section in symbols.Sections)
        {
            if ((section.Flags & ElfSection.Allocated) != 0 && section.Address != 0)
                map.Sections.Add(new OutputSection(section.Name, section.Address, section.Size));
        }

        var inputs = new Dictionary<(OutputSection, string), InputSection>();
        foreach (ElfSymbol symbol in symbols.ReadSymbols().OrderBy(s => s.Address).ThenByDescending(s => s.Size).ThenBy(s => s.Name, StringComparer.Ordinal))
        {
            OutputSection? section = map.Sections.Find(s => s.Name != ".tbss" && symbol.Address >= s.Address && symbol.Address < s.Address + s.Size);
            if (section is null)
                continue;
            if (!inputs.TryGetValue((section, ""), out InputSection? input))
            {
                input = new InputSection("(symbols)", null, section.Name, section.Address, section.Size, 1);
                inputs.Add((section, ""), input);
                section.Inputs.Add(input);
            }

            input.Symbols.Add(new MapSymbol(symbol.Name, symbol.Address, symbol.Size));
        }

        return map;
    }
}
