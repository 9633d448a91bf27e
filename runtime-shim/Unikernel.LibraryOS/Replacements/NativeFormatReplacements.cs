using System.Numerics;
using System.Runtime.CompilerServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// Numbers of NativeAOT's metadata, of which reflection reads a few hundred thousand when an application with dependency injection
/// starts: one to four bytes in one step. The format is that of dotnet/runtime's NativeFormatReader.Primitives.cs: as many low bits of the first
/// byte are set as bytes follow it.
/// </summary>
internal static unsafe class NativeFormatReplacements
{
    private const string Why = "it goes byte by byte, with a check of the end for each, and keeps its place in memory";

    /// <summary>The fields of both copies of NativeReader, in their order.</summary>
    internal sealed class Reader(byte* start, uint size)
    {
        public readonly byte* Start = start;
        public readonly uint Size = size;
    }

    [Replaces("System.Private.CoreLib", "Internal.NativeFormat.NativeReader", "DecodeUnsigned", Fingerprint = "00e2e6e2f7aafdb5", Why = Why)]
    [Replaces("System.Private.TypeLoader", "Internal.NativeFormat.NativeReader", "DecodeUnsigned", Fingerprint = "00e2e6e2f7aafdb5", Why = Why)]
    public static uint Decode(object reader, uint offset, out uint value)
    {
        Reader source = Unsafe.As<Reader>(reader);
        if ((ulong)offset + 4 <= source.Size)
        {
            uint word = Unsafe.ReadUnaligned<uint>(source.Start + offset);
            if ((word & 1) == 0)
            {
                value = (uint)(byte)word >> 1;
                return offset + 1;
            }

            if ((word & 2) == 0)
            {
                value = (uint)(ushort)word >> 2;
                return offset + 2;
            }

            if ((word & 4) == 0)
            {
                value = word << 8 >> 11;
                return offset + 3;
            }

            if ((word & 8) == 0)
            {
                value = word >> 4;
                return offset + 4;
            }

            if ((word & 16) == 0 && (ulong)offset + 5 <= source.Size)
            {
                value = Unsafe.ReadUnaligned<uint>(source.Start + offset + 1);
                return offset + 5;
            }
        }

        return DecodeBytes(source, offset, out value);
    }

    [Replaces("System.Private.CoreLib", "Internal.NativeFormat.NativeReader", "SkipInteger", Fingerprint = "57dd9a7d97c99082", Why = Why)]
    [Replaces("System.Private.TypeLoader", "Internal.NativeFormat.NativeReader", "SkipInteger", Fingerprint = "57dd9a7d97c99082", Why = Why)]
    public static uint Skip(object reader, uint offset)
    {
        Reader source = Unsafe.As<Reader>(reader);
        if (offset >= source.Size)
            throw new BadImageFormatException();
        uint more = (uint)BitOperations.TrailingZeroCount(~(uint)source.Start[offset]);
        return more < 5 ? offset + more + 1 : more == 5 ? offset + 9 : throw new BadImageFormatException();
    }

    // The last bytes of the data.
    private static uint DecodeBytes(Reader source, uint offset, out uint value)
    {
        if (offset >= source.Size)
            throw new BadImageFormatException();
        byte* at = source.Start + offset;
        uint length = 1;
        while (length < 5 && (*at & (1 << (int)(length - 1))) != 0)
            length++;
        if (offset + length > source.Size || (length == 5 && (*at & 0x10) != 0))
            throw new BadImageFormatException();
        ulong bytes = 0;
        for (uint i = 0; i < length; i++)
            bytes |= (ulong)at[i] << (int)(8 * i);
        value = (uint)(bytes >> (int)(length == 5 ? 8 : length));
        return offset + length;
    }
}
