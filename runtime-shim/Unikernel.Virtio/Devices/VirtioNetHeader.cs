using System.Buffers.Binary;

namespace Unikernel.Virtio.Devices;

/// <summary>
/// struct virtio_net_hdr (virtio 1.2 section 5.1.6): little-endian; 12 bytes, or 10 by the legacy interface without mergeable
/// buffers (section 5.1.6.1).
/// </summary>
public readonly record struct VirtioNetHeader(byte Flags, byte SegmentationType, ushort HeaderLength, ushort SegmentSize, ushort ChecksumStart, ushort ChecksumOffset, ushort BufferCount)
{
    public const byte NeedsChecksum = 1, DataValid = 2;
    public const byte SegmentationNone = 0, SegmentationTcp4 = 1, SegmentationTcp6 = 4;
    public const int Length = 12, LegacyLength = 10;

    /// <param name="bytes">At least 10 bytes; the count of buffers is read if there are 12.</param>
    public static VirtioNetHeader Parse(ReadOnlySpan<byte> bytes) => new(bytes[0], bytes[1], BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
        bytes.Length >= Length ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) : (ushort)1);

    /// <summary>The flags alone.</summary>
    public static byte FlagsOf(ReadOnlySpan<byte> bytes) => bytes[0];

    /// <summary>The count of buffers alone, of a header that has one.</summary>
    public static ushort BufferCountOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]);

    public void Emit(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, Flags | (ulong)SegmentationType << 8 | (ulong)HeaderLength << 16 | (ulong)SegmentSize << 32 | (ulong)ChecksumStart << 48);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[8..], ChecksumOffset);
        if (buffer.Length >= Length) BinaryPrimitives.WriteUInt16LittleEndian(buffer[10..], BufferCount);
    }
}
