using System.Buffers.Binary;

namespace Unikernel.Size.Inputs;

/// <summary>The records of .eh_frame (Linux Standard Base 5.0, 10.6): how to unwind each function, and what several of them share.</summary>
public static class EhFrame
{
    private const byte PcRelativeSigned4 = 0x1B; // DW_EH_PE_pcrel | DW_EH_PE_sdata4: what compilers write for x86-64

    /// <summary>A record; <paramref name="Function"/> is null for what functions share (a CIE) and for a function that is not told.</summary>
    public readonly record struct Entry(int Offset, int Length, ulong? Function);

    /// <summary>The records of a section that lies at an address. Ends early where the section does not hold together.</summary>
    public static List<Entry> Read(ReadOnlySpan<byte> section, ulong address)
    {
        var entries = new List<Entry>();
        int at = 0;
        while (at + 4 <= section.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(section[at..]);
            const uint Extended = 0xFFFF_FFFF;
            if (length == Extended || length > section.Length - at - 4)
                break;
            int end = at + 4 + (int)length;
            ulong? function = null;
            if (length >= 4)
            {
                uint id = BinaryPrimitives.ReadUInt32LittleEndian(section[(at + 4)..]);
                int cie = at + 4 - (int)id;
                if (id != 0 && length >= 8 && cie >= 0 && cie < section.Length && Encoding(section[cie..]) == PcRelativeSigned4)
                    function = address + (ulong)(at + 8) + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(section[(at + 8)..]);
            }

            entries.Add(new Entry(at, end - at, function));
            at = end;
        }

        return entries;
    }

    /// <summary>How the records that refer to a CIE write the address of their function: the datum of 'R' in its augmentation.</summary>
    private static byte Encoding(ReadOnlySpan<byte> cie)
    {
        const int Version = 8; // behind length and id
        if (cie.Length < Version + 2)
            return 0;
        ReadOnlySpan<byte> augmentation = cie[(Version + 1)..];
        int end = augmentation.IndexOf((byte)0);
        if (end <= 0 || augmentation[0] != (byte)'z')
            return 0;
        ReadOnlySpan<byte> rest = augmentation[(end + 1)..];
        Leb(ref rest); // code alignment
        Leb(ref rest); // data alignment
        Leb(ref rest); // return address register
        Leb(ref rest); // length of the augmentation's data
        for (int i = 1; i < end && !rest.IsEmpty; i++)
        {
            switch ((char)augmentation[i])
            {
                case 'R': return rest[0];
                case 'L': rest = rest[1..]; break;
                case 'P': rest = rest.Length > 5 ? rest[5..] : []; break; // an encoding and, for what compilers write, four bytes
                default: break;
            }
        }

        return 0;
    }

    private static void Leb(ref ReadOnlySpan<byte> rest)
    {
        int length = 0;
        while (length < rest.Length && (rest[length] & 0x80) != 0)
            length++;
        rest = length < rest.Length ? rest[(length + 1)..] : [];
    }

    /// <summary>The index: the address of the function of each entry of .eh_frame_hdr, or an empty list when it is not of the form that lld writes.</summary>
    public static (int HeaderLength, int EntryLength, List<ulong> Functions) ReadIndex(ReadOnlySpan<byte> section, ulong address)
    {
        const int Header = 12, EntryLength = 8;
        var functions = new List<ulong>();
        // version 1, pointer pcrel sdata4, count udata4, table datarel sdata4
        if (section.Length < Header || section[0] != 1 || section[2] != 0x03 || section[3] != 0x3B)
            return (section.Length, EntryLength, functions);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(section[8..]);
        for (int i = 0; i < count && Header + ((i + 1) * EntryLength) <= section.Length; i++)
            functions.Add(address + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(section[(Header + (i * EntryLength))..]));
        return (Header, EntryLength, functions);
    }
}
