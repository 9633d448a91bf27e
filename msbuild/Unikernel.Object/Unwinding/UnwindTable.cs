using System.Buffers.Binary;

namespace Unikernel.Object.Unwinding;

/// <summary>
/// The table by which runtime-shim/core/libc/managed_unwind.c finds the function of an address and unwinds its frame.
/// </summary>
/// <remarks>
/// <para>Functions follow one another in the order of their addresses, and their LSDAs mostly do; a hundred different call frame programs serve
/// thousands of functions. So a function is the distances to its predecessor and the place of its program, about five bytes.</para>
/// <code>
/// u32 number of blocks; u32 shift; u32 offset of the records; u32 offset of the programs
/// blocks, of 16 functions each: u32 start of the first function; u32 its LSDA; u32 offset of its record, from the first record
/// records: of the first function of a block: program; of the others: distance of the start, shifted right; distance of the LSDA, zigzag; program
/// programs: length, DWARF call frame instructions; the most used ones first. A record names one by its offset from the first.
/// </code>
/// <para>A function ends where the next record's begins: the runtime asks for the end to tell a jump within a function from a tail call
/// (UnixNativeCodeManager::TrailingEpilogueInstructionsCount). What lies between functions and is not padding has no call frames, as the compiler's helper
/// stubs: an address in it must not be taken for one in the function before, or the runtime would look for its return address where it is not, and
/// overwrite a slot of the stack. So such a gap has a record, too, and so has the end; its program is 0, where no program is.</para>
/// <para>Numbers of records and lengths of programs are unsigned LEB128, u32 are little-endian. Starts are offsets in the section __managedcode, LSDAs in .dotnet_eh_table.</para>
/// </remarks>
internal static class UnwindTable
{
    private const int FunctionsOfBlock = 16;
    private const byte Nop = 0x90, Int3 = 0xCC; // what the compiler pads with

    /// <param name="managed">The functions, sorted.</param>
    /// <param name="code">The section __managedcode.</param>
    public static byte[] Write(IReadOnlyList<ManagedFunction> managed, ReadOnlySpan<byte> code)
    {
        int shift = managed.Count == 0 ? 0 : int.TrailingZeroCount(managed.Aggregate(1 << 30, (bits, f) => bits | f.Start));
        List<ManagedFunction> functions = WithGaps(managed, code, 1 << shift);
        var programs = new MemoryStream();
        programs.WriteByte(0); // what no function has
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (IGrouping<string, ManagedFunction> program in managed.GroupBy(f => Convert.ToHexString(f.Program!))
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            places[program.Key] = (int)programs.Length;
            Number(programs, (uint)program.First().Program!.Length);
            programs.Write(program.First().Program!);
        }

        var blocks = new MemoryStream();
        var records = new MemoryStream();
        for (int i = 0; i < functions.Count; i++)
        {
            ManagedFunction function = functions[i];
            if (i % FunctionsOfBlock == 0)
            {
                UInt32(blocks, function.Start);
                UInt32(blocks, function.Lsda);
                UInt32(blocks, (int)records.Length);
            }
            else
            {
                Number(records, (uint)(function.Start - functions[i - 1].Start) >> shift);
                int distance = function.Lsda - functions[i - 1].Lsda;
                Number(records, (uint)(distance << 1 ^ distance >> 31));
            }

            Number(records, function.Program is null ? 0 : (uint)places[Convert.ToHexString(function.Program)]);
        }

        var table = new MemoryStream();
        int firstRecord = 16 + (int)blocks.Length;
        UInt32(table, (functions.Count + FunctionsOfBlock - 1) / FunctionsOfBlock);
        UInt32(table, shift);
        UInt32(table, firstRecord);
        UInt32(table, firstRecord + (int)records.Length);
        blocks.WriteTo(table);
        records.WriteTo(table);
        programs.WriteTo(table);
        return table.ToArray();
    }

    /// <summary>The functions, and the gaps of code without call frames between them, and the end, as functions without a program.</summary>
    private static List<ManagedFunction> WithGaps(IReadOnlyList<ManagedFunction> functions, ReadOnlySpan<byte> code, int alignment)
    {
        var all = new List<ManagedFunction>(functions.Count + 1);
        for (int i = 0; i < functions.Count; i++)
        {
            ManagedFunction function = functions[i];
            all.Add(function);
            bool last = i + 1 == functions.Count;
            int end = function.Start + function.Length;
            int aligned = (end + alignment - 1) & -alignment;
            if (last || (aligned < functions[i + 1].Start && code[end..functions[i + 1].Start].ContainsAnyExcept(Nop, Int3)))
                all.Add(new ManagedFunction(aligned, 0, function.Lsda, null));
        }

        return all;
    }

    private static void UInt32(MemoryStream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Number(MemoryStream stream, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
