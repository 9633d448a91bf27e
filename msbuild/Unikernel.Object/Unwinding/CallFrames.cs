using System.Buffers.Binary;

namespace Unikernel.Object.Unwinding;

/// <summary>A function of the managed code: where it starts, how long it is, where its LSDA is in .dotnet_eh_table, and its call frame program.</summary>
internal readonly record struct ManagedFunction(int Start, int Length, int Lsda, byte[]? Program);

/// <summary>
/// Reads the .eh_frame that the NativeAOT compiler writes (Linux Standard Base Core 5.0, 10.6; DWARF 5, 6.4), and nothing beyond: what the core's
/// managed_unwind.c does not understand is refused here, when the image is built.
/// </summary>
internal static class CallFrames
{
    public const string CodeSection = "__managedcode";

    private const int DeepestState = 2; // of managed_unwind.c

    // Augmentation zLR, code alignment 1, data alignment -8, return address in column 16, pointers relative to themselves in 4 bytes;
    // CFA = rsp + 8, return address at CFA - 8.
    private static ReadOnlySpan<byte> CommonEntry => [1, (byte)'z', (byte)'L', (byte)'R', 0, 1, 0x78, 16, 2, 0x1B, 0x1B, 0x0C, 7, 8, 0x90, 1];

    public static List<ManagedFunction> Read(ElfObject elf)
    {
        ElfObject.Section frames = elf.Find(".eh_frame");
        int code = elf.Find(CodeSection).Index, tables = elf.Find(".dotnet_eh_table").Index;
        ReadOnlySpan<byte> content = elf.Content(frames);
        Dictionary<int, (int Section, int Offset)> targets = elf.Targets(frames);

        var functions = new List<ManagedFunction>();
        for (int at = 0; at < content.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(content[at..]);
            if (length == 0)
                break; // the terminator
            ReadOnlySpan<byte> entry = content.Slice(at + 4, length);
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) == 0)
                CheckCommonEntry(entry[4..]);
            else
                functions.Add(ReadFunction(entry, at + 4, targets, code, tables));
            at += 4 + length;
        }

        functions.Sort((a, b) => a.Start.CompareTo(b.Start));
        return functions;
    }

    private static void CheckCommonEntry(ReadOnlySpan<byte> entry)
    {
        if (!entry.StartsWith(CommonEntry) || entry[CommonEntry.Length..].ContainsAnyExcept((byte)0))
            throw new InvalidDataException("its .eh_frame has a CIE of another kind");
    }

    private static ManagedFunction ReadFunction(ReadOnlySpan<byte> entry, int at, Dictionary<int, (int Section, int Offset)> targets, int code, int tables)
    {
        // CIE pointer, start (4), length (4), length of the augmentation data (1), LSDA (4), program
        if (!targets.TryGetValue(at + 4, out (int Section, int Offset) start) || start.Section != code
            || entry[12] != 4 || !targets.TryGetValue(at + 13, out (int Section, int Offset) lsda) || lsda.Section != tables)
            throw new InvalidDataException($"its .eh_frame has an FDE of another kind at {at:x}");

        ReadOnlySpan<byte> program = entry[17..].TrimEnd((byte)0); // DW_CFA_nop
        // An operand may be zero: the trimmed zeros belong to the program as far as its last instruction asks for them.
        program = entry.Slice(17, Length(entry[17..], program.Length, at));
        return new ManagedFunction(start.Offset, BinaryPrimitives.ReadInt32LittleEndian(entry[8..]), lsda.Offset, program.ToArray());
    }

    /// <summary>The end of the last instruction that begins before <paramref name="trimmed"/>. Checks all of them.</summary>
    private static int Length(ReadOnlySpan<byte> program, int trimmed, int at)
    {
        int p = 0, depth = 0;
        while (p < trimmed)
        {
            byte instruction = program[p++];
            int register = instruction & 0x3F;
            switch (instruction & 0xC0)
            {
                case 0x40: // advance_loc
                    continue;
                case 0x80 when register < 16: // offset
                    if (Number(program, ref p) is < 1 or > 255)
                        throw Unknown(instruction, at);
                    continue;
                case 0xC0 when register < 16: // restore
                    continue;
                case not 0:
                    throw Unknown(instruction, at);
            }

            switch (instruction)
            {
                case 0x00: // nop
                    break;
                case 0x02: // advance_loc1
                    p += 1;
                    break;
                case 0x03: // advance_loc2
                    p += 2;
                    break;
                case 0x04: // advance_loc4
                    p += 4;
                    break;
                case 0x0A when depth < DeepestState: // remember_state
                    depth++;
                    break;
                case 0x0B when depth > 0: // restore_state
                    depth--;
                    break;
                case 0x0C: // def_cfa
                    CheckRegister(Number(program, ref p), at);
                    Number(program, ref p);
                    break;
                case 0x0D: // def_cfa_register
                    CheckRegister(Number(program, ref p), at);
                    break;
                case 0x0E: // def_cfa_offset
                    Number(program, ref p);
                    break;
                default:
                    throw Unknown(instruction, at);
            }
        }

        return p;
    }

    private static void CheckRegister(uint register, int at)
    {
        if (register > 15)
            throw new InvalidDataException($"its .eh_frame names register {register} in the FDE at {at:x}");
    }

    private static InvalidDataException Unknown(byte instruction, int at) =>
        new($"its .eh_frame has the call frame instruction {instruction:x2} in the FDE at {at:x}");

    private static uint Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
    }
}
