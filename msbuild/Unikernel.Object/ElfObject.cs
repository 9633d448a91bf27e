using System.Buffers.Binary;
using System.Text;

namespace Unikernel.Object;

/// <summary>Sections and relocations of a relocatable ELF file for x86-64 (System V ABI, chapter 4), as the NativeAOT compiler writes them.</summary>
internal sealed class ElfObject
{
    private const int SectionHeaderSize = 64, SymbolSize = 24, RelocationSize = 24;
    private const uint TypeRela = 4; // SHT_RELA

    private readonly byte[] _file;
    private readonly List<Section> _sections = [];

    public ElfObject(byte[] file)
    {
        _file = file;
        if (file.Length < 64 || !file.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8) || UInt16(16) != 1 || UInt16(18) != 62)
            throw new InvalidDataException("it is not a relocatable ELF file for x86-64");
        int headers = Offset(40);
        int count = UInt16(60);
        if (count == 0) // more than 65,279 sections: the number is in the first header
            count = Offset(headers + 32);
        for (int i = 0; i < count; i++)
        {
            int at = headers + i * SectionHeaderSize;
            _sections.Add(new Section(i, Int32(at), UInt32(at + 4), BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at + 8)), Offset(at + 24), Offset(at + 32), Int32(at + 40), Int32(at + 44)));
        }

        int names = UInt16(62) == 0xFFFF ? _sections[0].Link : UInt16(62);
        foreach (Section section in _sections)
            section.Name = Text(_sections[names].Offset + section.NameOffset);
    }

    /// <summary>The one section of a name.</summary>
    public Section Find(string name)
    {
        Section[] found = [.. _sections.Where(s => s.Name == name)];
        return found.Length == 1 ? found[0] : throw new InvalidDataException($"it has {found.Length} sections {name}");
    }

    public ReadOnlySpan<byte> Content(Section section) => _file.AsSpan(section.Offset, section.Size);

    /// <summary>The content of a section by its number.</summary>
    public ReadOnlySpan<byte> Content(int section) => Content(_sections[section]);

    /// <summary>The relocations of a section, by their offset: what each leads to.</summary>
    public Dictionary<int, (int Section, int Offset)> Targets(Section section)
    {
        var targets = new Dictionary<int, (int, int)>();
        foreach (Section table in _sections.Where(s => s.Type == TypeRela && s.Info == section.Index))
        {
            int symbols = _sections[table.Link].Offset;
            for (int at = table.Offset; at < table.Offset + table.Size; at += RelocationSize)
            {
                int symbol = symbols + Int32(at + 12) * SymbolSize;
                int addend = Offset(at + 16);
                targets[Offset(at)] = (UInt16(symbol + 6), Offset(symbol + 8) + addend);
            }
        }

        return targets;
    }

    /// <summary>The symbols of the file, in their order.</summary>
    public IReadOnlyList<Symbol> Symbols => field ??= ReadSymbols();

    /// <summary>A symbol's name, empty when it has none.</summary>
    public string Name(Symbol symbol) => Text(symbol.NameOffset);

    /// <summary>The relocations of sections that hold code: where each is, and its symbol's number.</summary>
    public IEnumerable<(int Section, int Offset, int Symbol)> CodeRelocations()
    {
        const int executable = 4; // SHF_EXECINSTR
        foreach (Section table in _sections.Where(s => s.Type == TypeRela && (_sections[s.Info].Flags & executable) != 0))
        {
            for (int at = table.Offset; at < table.Offset + table.Size; at += RelocationSize)
                yield return (table.Info, Offset(at), Int32(at + 12));
        }
    }

    private Symbol[] ReadSymbols()
    {
        const uint symbolTable = 2; // SHT_SYMTAB
        Section table = _sections.Single(s => s.Type == symbolTable);
        var symbols = new Symbol[table.Size / SymbolSize];
        for (int i = 0; i < symbols.Length; i++)
        {
            int at = table.Offset + i * SymbolSize;
            symbols[i] = new Symbol(_sections[table.Link].Offset + Int32(at), (_file[at + 4] & 0xF) == 2, UInt16(at + 6), Offset(at + 8), Offset(at + 16));
        }

        return symbols;
    }

    private string Text(int at) => Encoding.UTF8.GetString(_file, at, _file.AsSpan(at).IndexOf((byte)0));

    private int UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at));

    private uint UInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private int Int32(int at) => BinaryPrimitives.ReadInt32LittleEndian(_file.AsSpan(at));

    private int Offset(int at) => checked((int)BinaryPrimitives.ReadInt64LittleEndian(_file.AsSpan(at)));

    /// <summary>A symbol; section 0 means that another file defines it.</summary>
    public readonly record struct Symbol(int NameOffset, bool IsFunction, int Section, int Offset, int Size);

    /// <summary>A section header.</summary>
    public sealed record Section(int Index, int NameOffset, uint Type, long Flags, int Offset, int Size, int Link, int Info)
    {
        public string Name { get; set; } = "";
    }
}
