using System.Buffers.Binary;

namespace Unikernel.Pack;

/// <summary>
/// A bootable image whose bytes are packed: headers and the loader (runtime-shim/core/boot/unpack.S) below the image, the packed bytes behind it.
/// </summary>
/// <remarks>
/// <code>
/// UNPACK_BASE - 320   ELF header, program headers, PVH note
/// UNPACK_BASE         the loader: "UKPACK2", a block of six addresses, code
/// 2 MB                what is made of the packed bytes: the unpacked image as its segments lie in memory, its own headers among them
/// image_end           the packed bytes
/// </code>
/// </remarks>
public sealed class PackedImage
{
    private const int ElfHeader = 64, ProgramHeader = 56, NoteLength = 24, Headers = 320;
    private const uint Base = 0x100000, LoaderBase = Base + Headers;
    private const uint Load = 1, Note = 4;
    private const int Block = 8, BlockEnd = Block + 24;

    /// <summary>What the loader has behind itself for its table of tokens, 8 bytes each.</summary>
    private const int LoaderMemory = 256 * 8;

    private readonly byte[] _file;

    private PackedImage(byte[] file) => _file = file;

    /// <summary>Where the packed bytes begin in the file; they go on to its end.</summary>
    public int StreamOffset => Headers + LoaderLength;

    /// <summary>Length of the loader.</summary>
    public int LoaderLength => (int)BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(ElfHeader + 32)) - Headers;

    /// <summary>Length of headers before the loader.</summary>
    public static int HeaderLength => Headers;

    /// <summary>The address of the first byte that is unpacked.</summary>
    public uint Target => U32(Headers + Block + 4);

    /// <summary>How many bytes are unpacked.</summary>
    public int Length => checked((int)(U32(Headers + Block + 8) - Target));

    /// <summary>The packed bytes.</summary>
    public ReadOnlySpan<byte> Stream => _file.AsSpan(StreamOffset);

    /// <summary>The bytes of a file as a packed image; null when it is none.</summary>
    public static PackedImage? Open(byte[] file) =>
        file.Length > Headers + BlockEnd && file.AsSpan(Headers, 8).SequenceEqual("UKPACK2\0"u8) ? new PackedImage(file) : null;

    /// <summary>The file before it was packed (without section headers, which no image has).</summary>
    /// <exception cref="InvalidDataException">The packed bytes are damaged.</exception>
    public byte[] Unpack()
    {
        byte[] memory = PackedStream.Expand(Stream, Length);
        List<Loaded> segments = Loaded.Of(memory);
        byte[] file = new byte[segments.Max(s => s.Offset + s.FileSize)];
        foreach (Loaded segment in segments)
            memory.AsSpan(checked((int)(segment.Address - Target)), segment.FileSize).CopyTo(file.AsSpan(segment.Offset));
        return file;
    }

    /// <summary>Packs an image.</summary>
    /// <param name="image">The ELF file; what no segment loads is left out.</param>
    /// <param name="loader">unpack.bin.</param>
    /// <param name="bitsPerInstruction">What an instruction of the loader is worth.</param>
    /// <exception cref="InvalidDataException">The image is not one that the loader can expand.</exception>
    public static byte[] Pack(byte[] image, byte[] loader, double bitsPerInstruction)
    {
        List<Loaded> segments = Loaded.Of(image);
        ulong start = segments.Min(s => s.Address), end = segments.Max(s => s.Address + (ulong)s.FileSize), memoryEnd = segments.Max(s => s.Address + s.MemorySize);
        if (start <= LoaderBase + (ulong)(loader.Length + LoaderMemory) || memoryEnd > int.MaxValue)
            throw new InvalidDataException($"its segments lie at 0x{start:x} to 0x{memoryEnd:x}, and the loader lies at 0x{LoaderBase:x}");
        byte[] memory = new byte[end - start];
        foreach (Loaded segment in segments)
            image.AsSpan(segment.Offset, segment.FileSize).CopyTo(memory.AsSpan((int)(segment.Address - start)));
        byte[] stream = StreamEncoder.Encode(memory, bitsPerInstruction);

        uint packed = (uint)(memoryEnd + 63 & ~63ul);
        int front = Headers + loader.Length;
        byte[] file = new byte[front + stream.Length];
        image.AsSpan(0, ElfHeader).CopyTo(file);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), LoaderBase + BlockEnd);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), ElfHeader);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 4);
        file.AsSpan(58, 6).Clear(); // no section headers
        WriteProgramHeader(file, 0, Load, 7, 0, Base, front, front + LoaderMemory);
        WriteProgramHeader(file, 1, Load, 6, 0, (uint)start, 0, (long)(memoryEnd - start)); // so that the loader of the machine knows, and clears it
        WriteProgramHeader(file, 2, Load, 6, front, packed, stream.Length, stream.Length);
        WriteProgramHeader(file, 3, Note, 4, ElfHeader + (4 * ProgramHeader), Base + ElfHeader + (4 * ProgramHeader), NoteLength, NoteLength);
        WriteNote(file.AsSpan(ElfHeader + (4 * ProgramHeader)));

        loader.CopyTo(file, Headers);
        uint[] block = [packed, (uint)start, (uint)end, checked((uint)BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(24))), (uint)start, packed + (uint)stream.Length];
        for (int i = 0; i < block.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Headers + Block + (4 * i)), block[i]);
        stream.CopyTo(file, front);
        return file;
    }

    // XEN_ELFNOTE_PHYS32_ENTRY (18), as in boot.S.
    private static void WriteNote(Span<byte> note)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(note, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(note[4..], 8);
        BinaryPrimitives.WriteUInt32LittleEndian(note[8..], 18);
        "Xen\0"u8.CopyTo(note[12..]);
        BinaryPrimitives.WriteUInt64LittleEndian(note[16..], LoaderBase + BlockEnd);
    }

    private static void WriteProgramHeader(byte[] file, int index, uint type, uint flags, int offset, uint address, long fileSize, long memorySize)
    {
        Span<byte> header = file.AsSpan(ElfHeader + (index * ProgramHeader), ProgramHeader);
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], address);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], fileSize);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], memorySize);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], 4);
    }

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    /// <summary>A segment that is loaded.</summary>
    private readonly record struct Loaded(int Offset, ulong Address, int FileSize, ulong MemorySize)
    {
        public static List<Loaded> Of(ReadOnlySpan<byte> elf)
        {
            if (elf.Length < ElfHeader || !elf[..4].SequenceEqual("\u007FELF"u8))
                throw new InvalidDataException("it is not an ELF file");
            var segments = new List<Loaded>();
            int at = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf[32..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[56..]);
            for (int i = 0; i < count; i++, at += ProgramHeader)
            {
                ReadOnlySpan<byte> header = elf.Slice(at, ProgramHeader);
                if (BinaryPrimitives.ReadUInt32LittleEndian(header) == Load)
                    segments.Add(new Loaded((int)BinaryPrimitives.ReadInt64LittleEndian(header[8..]), BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), (int)BinaryPrimitives.ReadInt64LittleEndian(header[32..]), BinaryPrimitives.ReadUInt64LittleEndian(header[40..])));
            }

            return segments;
        }
    }
}
