using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unikernel.Net.Wire;

/// <summary>
/// Fields in network order of a header whose length was checked when it was parsed. Views promise that after that check no accessor
/// can fail, so these do not check again: of a small packet's cost the second checks were a tenth.
/// </summary>
internal static class HeaderField
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Read8(ReadOnlySpan<byte> header, int offset)
    {
        Debug.Assert(offset + sizeof(byte) <= header.Length, "the header's length was checked");
        return Unsafe.Add(ref MemoryMarshal.GetReference(header), offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Read16(ReadOnlySpan<byte> header, int offset)
    {
        Debug.Assert(offset + sizeof(ushort) <= header.Length, "the header's length was checked");
        return BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(header), offset)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read32(ReadOnlySpan<byte> header, int offset)
    {
        Debug.Assert(offset + sizeof(uint) <= header.Length, "the header's length was checked");
        return BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref MemoryMarshal.GetReference(header), offset)));
    }
}
