using System.Buffers.Binary;
using System.Text;
using Unikernel.Pack;

namespace Unikernel.Size.Inputs;

/// <summary>A program header (System V ABI, chapter 5, "Program Header").</summary>
public readonly record struct Segment(uint Type, uint Flags, ulong Offset, ulong Address, ulong FileSize, ulong MemorySize)
{
    public const uint Load = 1, Tls = 7;

    public bool IsLoad => Type == Load;
}

/// <summary>A section header (System V ABI, chapter 4, "Sections").</summary>
public readonly record struct ElfSection(string Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size, uint Link, ulong EntrySize)
{
    public const uint SymbolTable = 2, NoBits = 8;
    public const ulong Allocated = 2;
}

/// <summary>A symbol that stands for bytes of the image.</summary>
public readonly record struct ElfSymbol(string Name, ulong Address, ulong Size, string? SourceFile);

/// <summary>An x86-64 ELF executable: an image, or its symbol file.</summary>
public sealed class ElfFile
{
    private const int HeaderSize = 64, ProgramHeaderSize = 56, SectionHeaderSize = 64, SymbolSize = 24;
    private const ushort X86_64 = 62;

    private readonly string _path;
    private readonly byte[] _bytes;

    private ElfFile(string path, byte[] bytes, long length, int loaderLength)
    {
        _path = path;
        _bytes = bytes;
        Length = length;
        LoaderLength = loaderLength;
    }

    /// <summary>Length of the file, which may be packed.</summary>
    public long Length { get; }

    /// <summary>Of a packed file: the headers and the code that expand it. 0: the file is not packed.</summary>
    public int LoaderLength { get; }

    /// <summary>The file; a packed one as it was before.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The program headers, in the order of the file.</summary>
    public IReadOnlyList<Segment> Segments { get; private set; } = [];

    /// <summary>The sections; none in an image that was stripped of them.</summary>
    public IReadOnlyList<ElfSection> Sections { get; private set; } = [];

    /// <summary>Where the program headers lie, and their length.</summary>
    public (ulong Offset, ulong Length) ProgramHeaders { get; private set; }

    /// <summary>Where the section headers lie, and their length; length 0 without any.</summary>
    public (ulong Offset, ulong Length) SectionHeaders { get; private set; }

    /// <summary>Length of the ELF header.</summary>
    public static ulong ElfHeaderLength => HeaderSize;

    public static ElfFile Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "does not exist");
        return Parse(path, File.ReadAllBytes(path));
    }

    /// <summary>Parses the bytes of a file; its path is for messages.</summary>
    public static ElfFile Parse(string path, byte[] bytes)
    {
        if (bytes.Length < HeaderSize || !bytes.AsSpan(0, 4).SequenceEqual("\u007FELF"u8))
            throw new InputException(path, "is not an ELF file");
        if (bytes[4] != 2 || bytes[5] != 1 || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(18)) != X86_64)
            throw new InputException(path, "is not an ELF file for x86-64");

        long length = bytes.Length;
        var packed = PackedImage.Open(bytes);
        try
        {
            bytes = packed?.Unpack() ?? bytes;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or OverflowException or InvalidOperationException)
        {
            throw new InputException(path, $"is packed and can not be expanded: {e.Message}");
        }

        var elf = new ElfFile(path, bytes, length, packed?.StreamOffset ?? 0);
        elf.ReadSegments();
        elf.ReadSections();
        return elf;
    }

    /// <summary>The bytes of the file behind an address range; empty when no segment has all of them.</summary>
    public ReadOnlySpan<byte> AtAddress(ulong address, ulong length)
    {
        foreach (Segment segment in Segments)
        {
            if (segment.IsLoad && address >= segment.Address && length <= segment.FileSize && address - segment.Address <= segment.FileSize - length)
                return _bytes.AsSpan((int)(segment.Offset + (address - segment.Address)), (int)length);
        }

        return [];
    }

    /// <summary>The defined symbols of the symbol table, if there is one.</summary>
    public IEnumerable<ElfSymbol> ReadSymbols()
    {
        foreach (ElfSection table in Sections)
        {
            if (table.Type != ElfSection.SymbolTable)
                continue;
            if (table.Link >= Sections.Count)
                throw new InputException(_path, "has a symbol table without names");
            ElfSection names = Sections[(int)table.Link];
            Check(table.Offset, table.Size, "the symbol table");
            Check(names.Offset, names.Size, "the names of symbols");
            string? file = null;
            for (ulong at = 0; at + SymbolSize <= table.Size; at += SymbolSize)
            {
                int entry = (int)(table.Offset + at);
                uint name = U32(entry);
                int type = _bytes[entry + 4] & 15;
                ushort section = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(entry + 6));
                const int FileSymbol = 4, TlsSymbol = 6, SectionSymbol = 3;
                if (type == FileSymbol)
                    file = Name(names, name);
                bool local = _bytes[entry + 4] >> 4 == 0;
                if (section is 0 or >= 0xFF00 || type is FileSymbol or TlsSymbol or SectionSymbol)
                    continue;
                yield return new ElfSymbol(Name(names, name), U64(entry + 8), U64(entry + 16), local ? file : null);
            }
        }
    }

    private void ReadSegments()
    {
        ulong offset = U64(32);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(56));
        if (count > 0 && size != ProgramHeaderSize)
            throw new InputException(_path, $"has program headers of {size} bytes instead of {ProgramHeaderSize}");
        Check(offset, (ulong)(count * ProgramHeaderSize), "the program headers");
        ProgramHeaders = (offset, (ulong)(count * ProgramHeaderSize));
        var segments = new List<Segment>(count);
        for (int i = 0; i < count; i++)
        {
            int at = (int)offset + (i * ProgramHeaderSize);
            var segment = new Segment(U32(at), U32(at + 4), U64(at + 8), U64(at + 16), U64(at + 32), U64(at + 40));
            if (segment.IsLoad)
                Check(segment.Offset, segment.FileSize, "a segment");
            segments.Add(segment);
        }

        Segments = segments;
    }

    private void ReadSections()
    {
        ulong offset = U64(40);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(60));
        int nameIndex = BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(62));
        if (count == 0)
            return;
        Check(offset, (ulong)(count * SectionHeaderSize), "the section headers");
        SectionHeaders = (offset, (ulong)(count * SectionHeaderSize));
        if (nameIndex >= count)
            throw new InputException(_path, "has sections without names");
        int namesHeader = (int)offset + (nameIndex * SectionHeaderSize);
        var names = new ElfSection("", 3, 0, 0, U64(namesHeader + 24), U64(namesHeader + 32), 0, 0);
        Check(names.Offset, names.Size, "the names of sections");
        var sections = new List<ElfSection>(count);
        for (int i = 0; i < count; i++)
        {
            int at = (int)offset + (i * SectionHeaderSize);
            sections.Add(new ElfSection(Name(names, U32(at)), U32(at + 4), U64(at + 8), U64(at + 16), U64(at + 24), U64(at + 32), U32(at + 40), U64(at + 56)));
        }

        Sections = sections;
    }

    private string Name(ElfSection names, uint index)
    {
        if (index >= names.Size)
            throw new InputException(_path, "has a name outside of its table of names");
        ReadOnlySpan<byte> rest = _bytes.AsSpan((int)(names.Offset + index), (int)(names.Size - index));
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private void Check(ulong offset, ulong length, string what)
    {
        if (offset > (ulong)_bytes.Length || length > (ulong)_bytes.Length - offset)
            throw new InputException(_path, $"ends before {what} does: it was cut off, or is not what a linker wrote");
    }

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at));
}
