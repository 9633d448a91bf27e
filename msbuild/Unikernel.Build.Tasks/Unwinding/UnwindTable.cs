using System.Buffers.Binary;

namespace Unikernel.Build.Tasks.Unwinding;

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
/// <para>Numbers of records and lengths of programs are unsigned LEB128, u32 are little-endian. Starts are offsets in the section __managedcode, LSDAs in .dotnet_eh_table.</para>
/// </remarks>
internal static class UnwindTable
{
    private const int FunctionsOfBlock = 16;

    public static byte[] Write(IReadOnlyList<ManagedFunction> functions)
    {
        var programs = new MemoryStream();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (IGrouping<string, ManagedFunction> program in functions.GroupBy(f => Convert.ToHexString(f.Program))
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            places[program.Key] = (int)programs.Length;
            Number(programs, (uint)program.First().Program.Length);
            programs.Write(program.First().Program);
        }

        int shift = functions.Count == 0 ? 0 : int.TrailingZeroCount(functions.Aggregate(1 << 30, (bits, f) => bits | f.Start));
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

            Number(records, (uint)places[Convert.ToHexString(function.Program)]);
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
