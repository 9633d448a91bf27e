using System.Buffers.Binary;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Boot;

/// <summary>
/// What the memory of a stopped machine is used for, from the core's own books: the page tables, and variables that the symbol file has the addresses
/// of. Their layout is what runtime-shim/core/include/inspection.h asserts.
/// </summary>
public sealed class GuestMemory
{
    private const ulong PageSize = 4096, DirectMap = 0xffff888000000000, UserLow = 0x1_0000_0000;
    private const ulong Present = 1, Large = 0x80, AddressMask = 0x000ffffffffff000;
    private const int RootLevel = 3, Entries = 512;

    // struct zone, struct vma_tree, struct vma
    private const ulong ZoneNext = 0, ZoneFirst = 8, TreeFirst = 8, VmaNext = 24, VmaStart = 32, VmaEnd = 40, VmaFlags = 66;
    private const int VmaSize = 72, StackFlag = 16;

    private readonly Func<ulong, int, byte[]> _read;
    private readonly ElfFile _symbols;
    private readonly string _symbolPath;

    private readonly List<(ulong Start, ulong End)> _stacks = [];
    private ulong _tables, _stackPages, _heapPages;

    /// <param name="read">Reads the machine's memory by virtual address.</param>
    public GuestMemory(Func<ulong, int, byte[]> read, ElfFile symbols, string symbolPath)
    {
        _read = read;
        _symbols = symbols;
        _symbolPath = symbolPath;
    }

    /// <summary>The address of a function or variable; <paramref name="file"/> is the source file of a static one.</summary>
    public static ulong Address(ElfFile symbols, string path, string name, string? file = null)
    {
        foreach (ElfSymbol symbol in symbols.ReadSymbols())
        {
            if (symbol.Name == name && symbol.SourceFile == file)
                return symbol.Address;
        }

        throw new InputException(path, $"has no symbol '{name}'{(file is null ? "" : $" of {file}")}: it is not the symbol file of an image of this version");
    }

    /// <summary>The parts of the memory in use, without the image itself.</summary>
    public IEnumerable<MemoryUse> Measure()
    {
        ReadStacks();
        Walk(U64(Variable("root", "tables.c")), RootLevel, 0);
        ulong used = U64(Variable("total", "frames.c")) - U64(Variable("available", "frames.c"));
        ulong native = U64(Variable("heap_pages", "heap.c"));
        yield return Use("page-tables", _tables);
        yield return new MemoryUse("frame-table", (long)FrameTableBytes(), true);
        yield return Use("stacks", _stackPages);
        yield return Use("heap", _heapPages);
        yield return Use("native-heap", native);
        yield return Use("core", used - _tables - _stackPages - _heapPages - native);
        yield return Use("promised", U64(Variable("promised", "commit.c")));
    }

    private static MemoryUse Use(string name, ulong pages) => new(name, (long)(pages * PageSize), true);

    private void ReadStacks()
    {
        for (ulong vma = U64(Variable("space", "space.c") + TreeFirst); vma != 0;)
        {
            ReadOnlySpan<byte> bytes = _read(vma, VmaSize);
            if ((BinaryPrimitives.ReadUInt16LittleEndian(bytes[(int)VmaFlags..]) & StackFlag) != 0)
                _stacks.Add((BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)VmaStart..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)VmaEnd..])));
            vma = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)VmaNext..]);
        }
    }

    /// <summary>Counts the tables, and what they map of the addresses that mmap and stacks have (Intel SDM volume 3A, 4.5).</summary>
    private void Walk(ulong table, int level, ulong virtualBase)
    {
        _tables++;
        byte[] bytes = _read(DirectMap + table, (int)PageSize);
        for (int i = 0; i < Entries; i++)
        {
            ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * 8));
            if (entry == 0)
                continue;
            ulong address = virtualBase + ((ulong)i << (12 + (9 * level)));
            if (level > 0 && (entry & Present) != 0 && (entry & Large) == 0)
                Walk(entry & AddressMask, level - 1, address);
            else
                Count(address, 1ul << (9 * level));
        }
    }

    // A leaf that is not zero owns its frames, present or not (memory/tables.c). The upper half is the direct map, which owns none.
    private void Count(ulong address, ulong pages)
    {
        if (address is < UserLow or >= 1ul << 47)
            return;
        if (_stacks.Exists(s => address >= s.Start && address < s.End))
            _stackPages += pages;
        else
            _heapPages += pages;
    }

    /// <summary>A zone lies at the begin of its range, before the first frame that it manages.</summary>
    private ulong FrameTableBytes()
    {
        ulong bytes = 0;
        for (ulong zone = U64(Variable("zones", "frames.c")); zone != 0; zone = U64(zone + ZoneNext))
            bytes += (U64(zone + ZoneFirst) * PageSize) - (zone - DirectMap);
        return bytes;
    }

    private ulong Variable(string name, string file) => Address(_symbols, _symbolPath, name, file);

    private ulong U64(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(_read(address, 8));
}
