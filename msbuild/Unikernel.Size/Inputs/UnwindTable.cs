using System.Buffers.Binary;

namespace Unikernel.Size.Inputs;

/// <summary>
/// The table .unikernel.unwind, by which the core unwinds frames of managed code (its format: msbuild/Unikernel.Object/Unwinding/UnwindTable.cs):
/// u32 number of blocks, shift, offset of the records, offset of the programs; blocks of 16 functions; records; programs that functions share.
/// </summary>
public static class UnwindTable
{
    private const int HeaderLength = 16, BlockLength = 12, FunctionsOfBlock = 16;

    /// <summary>A range of the table and the offset in __managedcode of the function that it is for; null for what functions share.</summary>
    public readonly record struct Entry(int Offset, int Length, uint? Function);

    /// <summary>The ranges, one behind the other; null when the bytes are no such table.</summary>
    public static List<Entry>? Read(ReadOnlySpan<byte> table)
    {
        if (table.Length < HeaderLength)
            return null;
        uint blocks = Word(table, 0), shift = Word(table, 4), records = Word(table, 8), programs = Word(table, 12);
        if (records != HeaderLength + (long)blocks * BlockLength || programs < records || programs > table.Length || shift > 31)
            return null;

        var entries = new List<Entry> { new(0, HeaderLength, null) };
        var starts = new uint[blocks];
        for (int block = 0; block < blocks; block++)
        {
            int at = HeaderLength + (block * BlockLength);
            starts[block] = Word(table, at);
            entries.Add(new Entry(at, BlockLength, starts[block]));
        }

        int cursor = (int)records;
        for (int block = 0; block < blocks; block++)
        {
            uint function = starts[block];
            for (int i = 0; i < FunctionsOfBlock && cursor < programs; i++)
            {
                int start = cursor;
                if (i > 0)
                {
                    if (!Number(table[..(int)programs], ref cursor, out uint distance) || !Number(table[..(int)programs], ref cursor, out _))
                        return null;
                    function += distance << (int)shift;
                }

                if (!Number(table[..(int)programs], ref cursor, out _))
                    return null;
                entries.Add(new Entry(start, cursor - start, function));
            }
        }

        if (cursor != programs)
            return null;
        if (table.Length > cursor)
            entries.Add(new Entry(cursor, table.Length - cursor, null));
        return entries;
    }

    private static uint Word(ReadOnlySpan<byte> table, int at) => BinaryPrimitives.ReadUInt32LittleEndian(table[at..]);

    /// <summary>An unsigned LEB128 number.</summary>
    private static bool Number(ReadOnlySpan<byte> table, ref int at, out uint value)
    {
        value = 0;
        for (int shift = 0; at < table.Length && shift < 35; shift += 7)
        {
            byte next = table[at++];
            value |= (uint)(next & 0x7F) << shift;
            if ((next & 0x80) == 0)
                return true;
        }

        return false;
    }
}
