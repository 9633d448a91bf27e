using System.Runtime.InteropServices;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>Numbers of NativeAOT's metadata, against the encoding as dotnet/runtime's NativeFormatWriter.Primitives.cs has it.</summary>
public sealed unsafe class NativeFormatTests
{
    private static byte[] Encode(uint value) => value switch
    {
        < 1 << 7 => [(byte)(value << 1)],
        < 1 << 14 => [(byte)((value << 2) | 1), (byte)(value >> 6)],
        < 1 << 21 => [(byte)((value << 3) | 3), (byte)(value >> 5), (byte)(value >> 13)],
        < 1 << 28 => [(byte)((value << 4) | 7), (byte)(value >> 4), (byte)(value >> 12), (byte)(value >> 20)],
        _ => [15, (byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24)],
    };

    public static TheoryData<uint> Values()
    {
        var values = new TheoryData<uint> { 0, 1, uint.MaxValue, 0x8000_0001, 0x00ab_cdef, 0x0123_4567 };
        foreach (int bits in (int[])[7, 14, 21, 28])
        {
            values.Add((1u << bits) - 1);
            values.Add(1u << bits);
        }

        return values;
    }

    /// <summary>In the middle of the data, where four bytes are read at once, and as its last bytes.</summary>
    [Theory]
    [MemberData(nameof(Values))]
    public void Numbers_of_all_lengths(uint value)
    {
        byte[] encoded = Encode(value);
        foreach (int rest in (int[])[0, 1, 2, 3, 4, 8])
        {
            byte[] data = [0xff, .. encoded, .. Enumerable.Repeat((byte)0xff, rest)];
            Read(data, reader =>
            {
                Assert.Equal(1u + (uint)encoded.Length, NativeFormatReplacements.Decode(reader, 1, out uint decoded));
                Assert.Equal(value, decoded);
                Assert.Equal(1u + (uint)encoded.Length, NativeFormatReplacements.Skip(reader, 1));
            });
        }
    }

    [Fact]
    public void Long_numbers_are_skipped() => Read([0x1f, 1, 2, 3, 4, 5, 6, 7, 8, 0], reader => Assert.Equal(9u, NativeFormatReplacements.Skip(reader, 0)));

    [Fact]
    public void What_is_no_number_or_ends_early_is_said()
    {
        Read([0x3f, 0, 0, 0, 0, 0], reader =>
        {
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Decode(reader, 0, out _));
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Skip(reader, 0));
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Decode(reader, 6, out _));
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Skip(reader, 6));
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Decode(reader, uint.MaxValue, out _));
            Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Skip(reader, uint.MaxValue));
        });
        foreach (byte[] encoded in (byte[][])[Encode(1 << 13), Encode(1 << 20), Encode(1 << 27), Encode(uint.MaxValue)])
            Read(encoded[..^1], reader => Assert.Throws<BadImageFormatException>(() => NativeFormatReplacements.Decode(reader, 0, out _)));
    }

    private static void Read(byte[] data, Action<object> read)
    {
        GCHandle pinned = GCHandle.Alloc(data, GCHandleType.Pinned);
        try
        {
            read(new NativeFormatReplacements.Reader((byte*)pinned.AddrOfPinnedObject(), (uint)data.Length));
        }
        finally
        {
            pinned.Free();
        }
    }
}
