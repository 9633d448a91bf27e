using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unikernel.Net;

/// <summary>
/// The Internet checksum (RFC 1071). Sums are kept in the byte order of memory and folded once at the end: the one's complement
/// sum is independent of byte order (section 2 (B)), so no byte is swapped on the way.
/// </summary>
public static class InternetChecksum
{
    /// <summary>Adds <paramref name="data"/> to a running sum. All pieces but the last must have even length.</summary>
    public static ulong Add(ReadOnlySpan<byte> data, ulong sum = 0)
    {
        ref byte p = ref MemoryMarshal.GetReference(data);
        nint length = data.Length, i = 0;
        // Two independent accumulators of 32-bit pieces: a 64-bit sum of those cannot overflow below 2^32 pieces.
        ulong a = sum, b = 0;
        for (; i + 32 <= length; i += 32)
        {
            ulong w0 = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i));
            ulong w1 = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i + 8));
            ulong w2 = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i + 16));
            ulong w3 = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref p, i + 24));
            a += (uint)w0;
            b += w0 >> 32;
            a += (uint)w1;
            b += w1 >> 32;
            a += (uint)w2;
            b += w2 >> 32;
            a += (uint)w3;
            b += w3 >> 32;
        }

        for (; i + 4 <= length; i += 4)
            a += Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref p, i));
        if (i + 2 <= length)
        {
            a += Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref p, i));
            i += 2;
        }

        // A last odd byte is the first byte of a pair whose second is zero.
        if (i < length) a += BitConverter.IsLittleEndian ? Unsafe.Add(ref p, i) : (uint)Unsafe.Add(ref p, i) << 8;
        return a + b;
    }

    /// <summary>Adds a packet's bytes from <paramref name="skip"/> on, following its chain.</summary>
    public static ulong Add(PacketBuffer packet, int skip, ulong sum)
    {
        bool odd = false;
        for (PacketBuffer? part = packet; part is not null; part = part.Next)
        {
            ReadOnlySpan<byte> data = part.Data;
            if (skip >= data.Length)
            {
                skip -= data.Length;
                continue;
            }

            data = data[skip..];
            skip = 0;
            // After an odd number of bytes the lanes are swapped (RFC 1071 section 2 (B)): swap the piece's sum back.
            sum += odd ? BinaryPrimitives.ReverseEndianness(FoldRaw(Add(data))) : Add(data);
            odd ^= (data.Length & 1) != 0;
        }

        return sum;
    }

    /// <summary>The pseudo-header of TCP, UDP (RFC 9293 section 3.1, RFC 768) and ICMPv6 (RFC 8200 section 8.1).</summary>
    public static ulong PseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length) =>
        PseudoHeader(AddressSum(source) + AddressSum(destination), protocol, length);

    /// <summary>The same with the sum of both addresses, which a route knows.</summary>
    public static ulong PseudoHeader(ulong addresses, IpProtocol protocol, int length) =>
        addresses + BinaryPrimitives.ReverseEndianness((uint)length) + BinaryPrimitives.ReverseEndianness((uint)protocol);

    /// <summary>What an address adds to a sum.</summary>
    public static ulong AddressSum(IpAddress address)
    {
        ulong low = BinaryPrimitives.ReverseEndianness(address.Low);
        if (address.IsV4) return low >> 32;
        ulong high = BinaryPrimitives.ReverseEndianness(address.High);
        return (uint)low + (low >> 32) + (uint)high + (high >> 32);
    }

    /// <summary>The folded sum, not complemented, as the 16-bit number that stands in memory order.</summary>
    public static ushort FoldRaw(ulong sum)
    {
        sum = (uint)sum + (sum >> 32);
        sum = (uint)sum + (sum >> 32);
        uint folded = (ushort)sum + (uint)(sum >> 16);
        folded = (ushort)folded + (folded >> 16);
        return (ushort)((ushort)folded + (folded >> 16));
    }

    /// <summary>Writes the checksum field: the complement of the folded sum.</summary>
    public static void Write(Span<byte> field, ulong sum) => Unsafe.WriteUnaligned(ref field[..2][0], (ushort)~FoldRaw(sum));

    /// <summary>Writes a UDP checksum field: a computed zero is sent as all ones (RFC 768).</summary>
    public static void WriteUdp(Span<byte> field, ulong sum)
    {
        ushort value = (ushort)~FoldRaw(sum);
        Unsafe.WriteUnaligned(ref field[..2][0], value == 0 ? (ushort)0xffff : value);
    }

    /// <summary>Writes the not complemented sum of the pseudo-header, as a device that completes checksums expects it.</summary>
    public static void WritePartial(Span<byte> field, ulong pseudoHeader) => Unsafe.WriteUnaligned(ref field[..2][0], FoldRaw(pseudoHeader));

    /// <summary>Is a sum over data that includes its checksum field right?</summary>
    public static bool IsValid(ulong sum) => FoldRaw(sum) == 0xffff;
}
