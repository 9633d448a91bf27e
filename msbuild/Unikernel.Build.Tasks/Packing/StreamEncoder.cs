using System.Buffers.Binary;

namespace Unikernel.Build.Tasks.Packing;

/// <summary>
/// Packs bytes as a <see cref="PackedStream"/>: the sequences are those of least cost, where cost is bytes and, to a degree, the time to expand them.
/// </summary>
/// <remarks>
/// A shortest path from the end to the beginning: <c>_cost[i]</c> is what the bytes from i on cost when a sequence begins there. It leaves out only the
/// step in the length of a long run of literals.
/// </remarks>
public sealed class StreamEncoder
{
    private const int MinimalMatch = 3;

    // Instructions of unpack.S. A long sequence copies 16 bytes with 6 of them.
    private const int ShortInstructions = 14, LongInstructions = 40, BlockInstructions = 6, Block = 16;

    private readonly byte[] _bytes;
    private readonly double _instruction;
    private readonly Matches[] _matches;  // what can begin at a place; behind the choice, what does: the lengths that are chosen
    private readonly double[] _cost;      // in bits, from where a sequence begins
    private readonly int[] _literals;     // of the best sequence from there, inverted if it is a long one
    private readonly double[] _shortAt = new double[PackedStream.ShortLiterals + 1]; // of a short sequence's match and what follows it, for the last places

    private StreamEncoder(byte[] bytes, double bitsPerInstruction)
    {
        _bytes = bytes;
        _instruction = bitsPerInstruction;
        _matches = new Matches[bytes.Length + 1];
        _cost = new double[bytes.Length + 1];
        _literals = new int[bytes.Length + 1];
    }

    /// <summary>Packs; an instruction more in the machine is taken for that many bits less.</summary>
    public static byte[] Encode(byte[] bytes, double bitsPerInstruction)
    {
        var encoder = new StreamEncoder(bytes, bitsPerInstruction);
        encoder.ChoosePaths();
        return encoder.Write();
    }

    private void ChoosePaths()
    {
        int end = _bytes.Length;
        var finder = new MatchFinder(_bytes);
        for (int i = 0; i < end; i++)
            _matches[i] = finder.At(i);

        // Within the literals of a long sequence: the cost from there, and how many there are. The end of the stream takes the place of the last match.
        double inRun = 0;
        int run = 0;
        Array.Fill(_shortAt, double.PositiveInfinity);
        for (int i = end; i >= 0; i--)
        {
            if (i < end)
            {
                _shortAt[i % _shortAt.Length] = ChooseShort(i);
                double match = ChooseLong(i), further = 8 + (_instruction * BlockInstructions / Block) + inRun;
                (inRun, run) = further < match ? (further, run + 1) : (match, 0);
            }

            double best = 8 + (_instruction * LongInstructions) + inRun + (run >= PackedStream.LongField ? 8 : 0);
            _literals[i] = ~run;
            for (int literals = 0; literals <= PackedStream.ShortLiterals && i + literals < end; literals++)
            {
                double cost = 8 + (8 * literals) + (_instruction * ShortInstructions) + _shortAt[(i + literals) % _shortAt.Length];
                if (cost < best)
                    (best, _literals[i]) = (cost, literals);
            }

            _cost[i] = best;
        }
    }

    private double ChooseShort(int place)
    {
        ref Matches matches = ref _matches[place];
        double best = double.PositiveInfinity;
        for (int length = MinimalMatch, longest = matches.ShortLength; length <= longest; length++)
        {
            double cost = 16 + _cost[place + length];
            if (cost < best)
                (best, matches.ShortLength) = (cost, (ushort)length);
        }

        return best;
    }

    private double ChooseLong(int place)
    {
        ref Matches matches = ref _matches[place];
        (double near, int nearLength) = ChooseLong(place, matches.NearLength, 16);
        (double far, int farLength) = ChooseLong(place, matches.FarLength, 24);
        (matches.NearLength, matches.FarLength) = near <= far ? ((ushort)nearLength, (ushort)0) : ((ushort)0, (ushort)farLength);
        return Math.Min(near, far);
    }

    private (double Cost, int Length) ChooseLong(int place, int longest, int bits)
    {
        (double Cost, int Length) best = (double.PositiveInfinity, 0);
        // Of a match that is long in any case only its end is worth a choice.
        for (int length = longest > 64 ? longest - 8 : MinimalMatch; length <= longest; length++)
        {
            double cost = bits + (length - 1 >= PackedStream.LongField ? 8 : 0) + (length - 1 >= PackedStream.LongField + 255 ? 32 : 0)
                + (_instruction * BlockInstructions * (length / Block)) + _cost[place + length];
            if (cost < best.Cost)
                best = (cost, length);
        }

        return best;
    }

    private byte[] Write()
    {
        var stream = new MemoryStream();
        for (int at = 0; ;)
        {
            bool isShort = _literals[at] >= 0;
            int literals = isShort ? _literals[at] : ~_literals[at];
            Matches match = _matches[at + literals]; // none at the end
            bool isFar = !isShort && match.FarLength > 0;
            int length = isShort ? match.ShortLength : isFar ? match.FarLength : match.NearLength;
            if (isShort)
            {
                stream.WriteByte((byte)((literals << 4) | (length - 1)));
            }
            else
            {
                int field = Math.Max(0, length - 1);
                stream.WriteByte((byte)(0x80 | (Math.Min(literals, PackedStream.LongField) << 4) | (isFar ? 8 : 0) | Math.Min(field, PackedStream.LongField)));
                WriteMore(stream, literals);
                WriteMore(stream, field);
            }

            stream.Write(_bytes, at, literals);
            at += literals;
            if (length == 0)
                return stream.ToArray();
            int back = isShort ? PackedStream.NearWindow - match.ShortDistance : isFar ? PackedStream.FarWindow - match.FarDistance : PackedStream.NearWindow - match.NearDistance;
            stream.WriteByte((byte)back);
            stream.WriteByte((byte)(back >> 8));
            if (isFar)
                stream.WriteByte((byte)(back >> 16));
            at += length;
        }
    }

    private static void WriteMore(MemoryStream stream, int value)
    {
        int more = value - PackedStream.LongField;
        if (more < 0)
            return;
        stream.WriteByte((byte)Math.Min(more, 255));
        if (more < 255)
            return;
        Span<byte> whole = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(whole, value);
        stream.Write(whole);
    }
}
