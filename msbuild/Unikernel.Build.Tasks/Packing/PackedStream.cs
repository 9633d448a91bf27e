using System.Buffers.Binary;

namespace Unikernel.Build.Tasks.Packing;

/// <summary>Literals, and then bytes that repeat earlier ones; the last sequence has no match.</summary>
/// <param name="Encoded">How many bytes of the stream it takes.</param>
/// <param name="Literals">Bytes that stand in the stream.</param>
/// <param name="Match">Bytes that are copied.</param>
/// <param name="Distance">From how far back.</param>
public readonly record struct PackedSequence(int Encoded, int Literals, int Match, int Distance);

/// <summary>
/// The packed bytes of an image, which runtime-shim/core/boot/unpack.S expands: made so that a sequence costs few instructions, in the manner of LZ4.
/// </summary>
/// <remarks>
/// A sequence is short,
/// <code>0LLLMMMM  L literals  D:16        L literals, then M + 1 bytes from 65536 - D back, not overlapping themselves</code>
/// or long:
/// <code>1LLLFMMM  [more L]  [more M]  L literals  D:16 (F = 1: D:24)</code>
/// where L or M of 7 are followed by a byte that is added, and that by 32 bits instead if it is 255. Numbers are little-endian. The stream ends
/// with the literals of a long sequence.
/// </remarks>
public static class PackedStream
{
    /// <summary>Literals and match of a short sequence.</summary>
    public const int ShortLiterals = 7, ShortMatch = 16;

    /// <summary>Behind the farthest byte that 16 or 24 bits reach.</summary>
    public const int NearWindow = 1 << 16, FarWindow = 1 << 24;

    /// <summary>Where L or M of a long sequence go on.</summary>
    internal const int LongField = 7;

    /// <summary>The sequences of a stream that makes <paramref name="length"/> bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such stream.</exception>
    public static List<PackedSequence> Read(ReadOnlySpan<byte> stream, int length)
    {
        var sequences = new List<PackedSequence>();
        int at = 0, made = 0;
        try
        {
            while (true)
            {
                int start = at;
                int token = stream[at++];
                int literals = (token >> 4) & 7, match = token & 15, distance;
                if (token < 0x80)
                {
                    at += literals;
                    distance = NearWindow - BinaryPrimitives.ReadUInt16LittleEndian(stream[at..]);
                    at += 2;
                }
                else
                {
                    match &= 7;
                    literals = More(stream, ref at, literals);
                    match = More(stream, ref at, match);
                    at = checked(at + literals);
                    if (made + literals == length && at <= stream.Length)
                    {
                        sequences.Add(new PackedSequence(at - start, literals, 0, 0));
                        return sequences;
                    }

                    bool isFar = (token & 8) != 0;
                    distance = isFar ? FarWindow - (stream[at] | (stream[at + 1] << 8) | (stream[at + 2] << 16)) : NearWindow - BinaryPrimitives.ReadUInt16LittleEndian(stream[at..]);
                    at += isFar ? 3 : 2;
                }

                made = checked(made + literals);
                if (distance > made || made > length || (long)made + match + 1 > length)
                    throw new InvalidDataException($"The packed bytes are damaged at offset {start}.");
                made += match + 1;
                sequences.Add(new PackedSequence(at - start, literals, match + 1, distance));
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The packed bytes end early.", e);
        }
    }

    /// <summary>What a stream expands to.</summary>
    public static byte[] Expand(ReadOnlySpan<byte> stream, int length)
    {
        byte[] bytes = new byte[length];
        int from = 0, to = 0;
        foreach (PackedSequence sequence in Read(stream, length))
        {
            int behind = sequence.Encoded - sequence.Literals - (sequence.Match == 0 ? 0 : DistanceBytes(stream[from], sequence));
            stream.Slice(from + behind, sequence.Literals).CopyTo(bytes.AsSpan(to));
            to += sequence.Literals;
            for (int i = 0; i < sequence.Match; i++, to++)
                bytes[to] = bytes[to - sequence.Distance];
            from += sequence.Encoded;
        }

        return bytes;
    }

    private static int DistanceBytes(byte token, PackedSequence sequence) => sequence.Match > 0 && token >= 0x80 && (token & 8) != 0 ? 3 : 2;

    private static int More(ReadOnlySpan<byte> stream, ref int at, int value)
    {
        if (value != LongField)
            return value;
        int more = stream[at++];
        if (more < 255)
            return value + more;
        at += 4;
        return checked((int)BinaryPrimitives.ReadUInt32LittleEndian(stream[(at - 4)..]));
    }
}
