using System.Buffers.Binary;

namespace Unikernel.Pack;

/// <summary>Literals, and then bytes that repeat earlier ones; the last sequence has no match.</summary>
/// <param name="Encoded">How many bytes of the stream it takes.</param>
/// <param name="Literals">Bytes that stand in the stream.</param>
/// <param name="Match">Bytes that are copied.</param>
/// <param name="Distance">From how far back.</param>
/// <param name="IsShort">Whether it is one of the stream's tokens.</param>
public readonly record struct PackedSequence(int Encoded, int Literals, int Match, int Distance, bool IsShort);

/// <summary>
/// The packed bytes of an image, which runtime-shim/core/boot/unpack.S expands: made so that a sequence costs few instructions, in the manner of LZ4.
/// </summary>
/// <remarks>
/// What LZ4 says with the bits of a token stands in a table at the beginning of the stream instead, chosen for its image: the sequences that are
/// worth most there have a byte each. <see cref="TokenTable"/> has the table. A sequence is short,
/// <code>token  L literals  D:8, 16, 24 or nothing       L literals, then M bytes from D back, or from as far back as the last ones</code>
/// or long:
/// <code>255  L:8 or 255 L:32  M:8 or 255 M:32  L literals  D:24       (M = 0: the end of the stream)</code>
/// A distance is the low bytes of the negative number that is added to the place; numbers are little-endian. The match of a short sequence does not
/// overlap what it becomes, and a distance of 1 is for long ones. Before the first match, the last one was at a distance of 1.
/// </remarks>
public static class PackedStream
{
    /// <summary>The token of a long sequence.</summary>
    internal const byte Long = 255;

    /// <summary>Behind the farthest byte that 8, 16 or 24 bits reach.</summary>
    internal const int ByteWindow = 1 << 8, NearWindow = 1 << 16, FarWindow = 1 << 24;

    /// <summary>The sequences of a stream that makes <paramref name="length"/> bytes; the table before them takes the rest of it.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such stream.</exception>
    public static List<PackedSequence> Read(ReadOnlySpan<byte> stream, int length)
    {
        var sequences = new List<PackedSequence>();
        try
        {
            var table = TokenTable.Read(stream);
            int at = table.Encoded, made = 0, last = 1;
            while (true)
            {
                PackedSequence sequence = stream[at] == Long ? ReadLong(stream[at..]) : ReadShort(stream[at..], table, last);
                at = checked(at + sequence.Encoded);
                made = checked(made + sequence.Literals);
                if (at > stream.Length || made > length)
                    throw Damaged(at);
                sequences.Add(sequence);
                if (sequence.Match == 0)
                    return made == length ? sequences : throw Damaged(at);
                last = sequence.Distance;
                if (last > made || (sequence.IsShort && last < sequence.Match) || (long)made + sequence.Match > length)
                    throw Damaged(at);
                made += sequence.Match;
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("The packed bytes end early.", e);
        }
    }

    /// <summary>What a stream expands to.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such stream.</exception>
    public static byte[] Expand(ReadOnlySpan<byte> stream, int length)
    {
        byte[] bytes = new byte[length];
        List<PackedSequence> sequences = Read(stream, length);
        var table = TokenTable.Read(stream);
        int from = table.Encoded, to = 0;
        foreach (PackedSequence sequence in sequences)
        {
            int literals = sequence.IsShort ? from + 1 : from + sequence.Encoded - sequence.Literals - (sequence.Match == 0 ? 0 : 3);
            stream.Slice(literals, sequence.Literals).CopyTo(bytes.AsSpan(to));
            to += sequence.Literals;
            for (int i = 0; i < sequence.Match; i++, to++)
                bytes[to] = bytes[to - sequence.Distance];
            from += sequence.Encoded;
        }

        return bytes;
    }

    private static PackedSequence ReadShort(ReadOnlySpan<byte> stream, TokenTable table, int last)
    {
        Token token = table[stream[0]];
        int at = 1 + token.Literals, distance = token.DistanceBytes switch
        {
            0 => last,
            1 => ByteWindow - stream[at],
            2 => NearWindow - BinaryPrimitives.ReadUInt16LittleEndian(stream[at..]),
            _ => FarWindow - ReadFar(stream[at..]),
        };
        return token.DistanceBytes > 0 && distance == 1
            ? throw new InvalidDataException("The packed bytes are damaged: a short sequence has a distance of 1.")
            : new PackedSequence(at + token.DistanceBytes, token.Literals, token.Match, distance, true);
    }

    private static PackedSequence ReadLong(ReadOnlySpan<byte> stream)
    {
        int at = 1, literals = ReadCount(stream, ref at), match = ReadCount(stream, ref at);
        at = checked(at + literals);
        return match == 0 ? new PackedSequence(at, literals, 0, 0, false) : new PackedSequence(at + 3, literals, match, FarWindow - ReadFar(stream[at..]), false);
    }

    private static int ReadFar(ReadOnlySpan<byte> stream) => stream[0] | (stream[1] << 8) | (stream[2] << 16);

    private static int ReadCount(ReadOnlySpan<byte> stream, ref int at)
    {
        int count = stream[at++];
        if (count < 255)
            return count;
        at += 4;
        return checked((int)BinaryPrimitives.ReadUInt32LittleEndian(stream[(at - 4)..]));
    }

    private static InvalidDataException Damaged(int at) => new($"The packed bytes are damaged before offset {at}.");
}
