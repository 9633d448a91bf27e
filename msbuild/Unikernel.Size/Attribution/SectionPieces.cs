using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Attribution;

/// <summary>Cuts a section into pieces by the map: object files, and in them symbols. Every address of the section is in exactly one piece.</summary>
public sealed class SectionPieces
{
    private const string Internal = "<internal>", FromSymbols = "(symbols)";

    private readonly ManagedNames _names;
    private readonly HashSet<string> _managedObjects;

    public SectionPieces(LinkMap map, Mstat? mstat)
    {
        _names = new ManagedNames(mstat);
        // ILC puts code into a section of its own: an object file that has it is ILC's.
        _managedObjects = [.. map.Sections.SelectMany(s => s.Inputs).Where(i => i.Name == "__managedcode" && i.File != FromSymbols).Select(i => i.File)];
    }

    public List<Piece> Cut(OutputSection section)
    {
        var pieces = new List<Piece>();
        ulong cursor = section.Address, end = section.Address + section.Size;
        foreach (InputSection input in section.Inputs.OrderBy(i => i.Address))
        {
            ulong start = Math.Max(cursor, input.Address), stop = Math.Min(end, input.Address + input.Size);
            if (stop <= start)
                continue;
            if (start > cursor)
                pieces.Add(Alignment(section, cursor, start));
            CutInput(pieces, section, input, start, stop);
            cursor = stop;
        }

        if (section.Inputs.Count == 0 && end > cursor)
            pieces.Add(new Piece(cursor, end, [Groups.Image, "unattributed", section.Name], Category.Unattributed));
        else if (end > cursor)
            pieces.Add(Alignment(section, cursor, end));
        return pieces;
    }

    private static Piece Alignment(OutputSection section, ulong start, ulong end) => new(start, end, [Groups.Image, "padding", section.Name], Category.Padding);

    private void CutInput(List<Piece> pieces, OutputSection section, InputSection input, ulong start, ulong end)
    {
        Category category = CategoryOf(section.Name);
        bool code = category == Category.Code;
        List<MapSymbol> symbols = [.. input.Symbols.Where(s => s.Address >= start && s.Address < end && !IsMark(s.Name)).OrderBy(s => s.Address)];
        ulong cursor = start;
        for (int i = 0; i < symbols.Count;)
        {
            MapSymbol symbol = symbols[i];
            int next = i + 1;
            for (; next < symbols.Count && symbols[next].Address == symbol.Address; next++)
            {
                // Of several names for one place take the one that says most: a method is also called by the name under which the runtime calls it.
                if ((_names.Knows(symbols[next].Name), symbols[next].Size).CompareTo((_names.Knows(symbol.Name), symbol.Size)) > 0)
                    symbol = symbols[next];
            }

            if (symbol.Address > cursor)
                pieces.Add(Rest(section, input, cursor, symbol.Address, category));
            ulong stop = next < symbols.Count ? symbols[next].Address : end;
            ulong known = symbol.Size > 0 ? Math.Min(stop, symbol.Address + symbol.Size) : stop;
            (string[] path, Category? own) = Owner(section, input, symbol.Name);
            if (known > symbol.Address)
                pieces.Add(new Piece(symbol.Address, known, path, own ?? category));
            // Between functions there is alignment, which goes when the function goes; between data of an object file there is data without a name.
            if (stop > known)
                pieces.Add(code ? new Piece(known, stop, path, Category.Padding) : Rest(section, input, known, stop, category));
            cursor = stop;
            i = next;
        }

        if (cursor < end)
            pieces.Add(Rest(section, input, cursor, end, category));
    }

    /// <summary>Bytes of an object file that have no name.</summary>
    private Piece Rest(OutputSection section, InputSection input, ulong start, ulong end, Category category)
    {
        if (input.File == Internal)
        {
            // Strings of all object files are merged; they are bytes, constants of floating point are aligned.
            bool strings = section.Name.StartsWith(".rodata", StringComparison.Ordinal) && input.Alignment == 1;
            return new Piece(start, end, [Groups.Native, strings ? "(merged strings)" : "(merged constants)", section.Name], strings ? Category.Strings : category);
        }

        if (input.File == FromSymbols)
            return new Piece(start, end, [Groups.Image, "unattributed", section.Name], Category.Unattributed);
        return _managedObjects.Contains(input.File)
            ? new Piece(start, end, [Groups.Managed, "(runtime tables)", input.Name], category)
            : new Piece(start, end, [.. ObjectPath(input), input.Name], category);
    }

    private (string[] Path, Category? Category) Owner(OutputSection section, InputSection input, string symbol)
    {
        if (_managedObjects.Contains(input.File))
            return _names.Find(symbol);
        if (input.File == FromSymbols)
        {
            bool managed = section.Name is "__managedcode" or "__unbox" or ".dotnet_eh_table" or ".hydrated";
            return managed ? _names.Find(symbol) : ([Groups.Native, "(symbols)", "", NativeNames.Readable(symbol)], null);
        }

        return ([.. ObjectPath(input), NativeNames.Readable(symbol)], null);
    }

    private static string[] ObjectPath(InputSection input) => input.Member is { } member
        ? [Groups.Native, Path.GetFileName(input.File), member]
        : [Groups.Native, "(object files)", Path.GetFileName(input.File)];

    /// <summary>Marks of the linker and of linker scripts name a border, not what lies there.</summary>
    private static bool IsMark(string name) => name.StartsWith("__start_", StringComparison.Ordinal) || name.StartsWith("__stop_", StringComparison.Ordinal)
        || name.EndsWith("_start", StringComparison.Ordinal) && name.StartsWith("__init_array", StringComparison.Ordinal)
        || name is "text_end" or "rodata_end" or "relro_start" or "relro_end" or "data_start" or "image_end" or "text_start" or "rodata_start";

    /// <summary>What the bytes of a section are, when nothing tells it better.</summary>
    public static Category CategoryOf(string section) => section switch
    {
        "__managedcode" or "__unbox" => Category.Code,
        ".eh_frame" or ".eh_frame_hdr" or ".unikernel.unwind" => Category.Unwind,
        ".dotnet_eh_table" => Category.GcInfo,
        ".unikernel.files" => Category.Files,
        _ when section.StartsWith(".text", StringComparison.Ordinal) => Category.Code,
        _ when section.StartsWith(".note", StringComparison.Ordinal) => Category.Headers,
        _ => Category.Data,
    };
}
