using System.Buffers.Binary;

namespace Unikernel.Build.Tasks.Packing;

/// <summary>
/// Packs bytes as a <see cref="PackedStream"/>: the sequences are those of least cost, where cost is bytes and, to a degree, the time to expand them.
/// </summary>
/// <remarks>
/// A shortest path from the end to the beginning: <c>_cost[i]</c> is what the bytes from i on cost when a sequence begins there. It leaves out only the
/// steps in the length of long runs of literals.
/// </remarks>
public sealed class StreamEncoder
{
    private const int MinimalMatch = 3;

    // Instructions of unpack.S. A long sequence copies 16 bytes with 6 of them.
    private const int ShortInstructions = 14, LongInstructions = 40, BlockInstructions = 6, Block = 16;

    private enum Kind : byte
    {
        None,
        Short,
        Near,
        Far,
    }

    /// <summary>A match that begins at a place.</summary>
    private record struct Choice(Kind Kind, int Length, int Distance);

    private readonly byte[] _bytes;
    private readonly double _instruction;
    private readonly double[] _cost;      // in bits, from where a sequence begins
    private readonly double[] _inRun;     // from within the literals of a long sequence
    private readonly double[] _shortAt;   // of a short sequence's match and what follows it
    private readonly double[] _longAt;
    private readonly Choice[] _short, _long;
    private readonly int[] _literals;     // of the best sequence from there, and whether it is a short one
    private readonly bool[] _isShort;

    private StreamEncoder(byte[] bytes, double bitsPerInstruction)
    {
        _bytes = bytes;
        _instruction = bitsPerInstruction;
        int places = bytes.Length + 1;
        _cost = new double[places];
        _inRun = new double[places];
        _shortAt = new double[places];
        _longAt = new double[places];
        _short = new Choice[places];
        _long = new Choice[places];
        _literals = new int[places];
        _isShort = new bool[places];
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
        var matches = new Matches[end];
        var finder = new MatchFinder(_bytes);
        for (int i = 0; i < end; i++)
            matches[i] = finder.At(i);

        int[] run = new int[end + 1]; // literals of the best run from there
        _shortAt[end] = double.PositiveInfinity;
        for (int i = end; i >= 0; i--)
        {
            if (i < end)
                ChooseMatches(i, matches[i]);
            // The end of the stream takes the place of the last match.
            _inRun[i] = _longAt[i];
            double further = i < end ? 8 + (_instruction * BlockInstructions / Block) + _inRun[i + 1] : double.PositiveInfinity;
            if (further < _inRun[i])
                (_inRun[i], run[i]) = (further, run[i + 1] + 1);

            double best = 8 + (_instruction * LongInstructions) + _inRun[i] + (run[i] >= PackedStream.LongField ? 8 : 0);
            (_literals[i], _isShort[i]) = (run[i], false);
            for (int literals = 0; literals <= PackedStream.ShortLiterals && i + literals < end; literals++)
            {
                double cost = 8 + (8 * literals) + (_instruction * ShortInstructions) + _shortAt[i + literals];
                if (cost < best)
                    (best, _literals[i], _isShort[i]) = (cost, literals, true);
            }

            _cost[i] = best;
        }
    }

    private void ChooseMatches(int place, Matches matches)
    {
        _shortAt[place] = _longAt[place] = double.PositiveInfinity;
        for (int length = MinimalMatch; length <= matches.Short.Length; length++)
        {
            double cost = 16 + _cost[place + length];
            if (cost < _shortAt[place])
                (_shortAt[place], _short[place]) = (cost, new Choice(Kind.Short, length, matches.Short.Distance));
        }

        ChooseLong(place, Kind.Near, matches.Near, 16);
        ChooseLong(place, Kind.Far, matches.Far, 24);
    }

    private void ChooseLong(int place, Kind kind, (int Length, int Distance) match, int bits)
    {
        // Of a match that is long in any case only its end is worth a choice.
        for (int length = match.Length > 64 ? match.Length - 8 : MinimalMatch; length <= match.Length; length++)
        {
            double cost = bits + (length - 1 >= PackedStream.LongField ? 8 : 0) + (length - 1 >= PackedStream.LongField + 255 ? 32 : 0)
                + (_instruction * BlockInstructions * (length / Block)) + _cost[place + length];
            if (cost < _longAt[place])
                (_longAt[place], _long[place]) = (cost, new Choice(kind, length, match.Distance));
        }
    }

    private byte[] Write()
    {
        var stream = new MemoryStream();
        for (int at = 0; ;)
        {
            int literals = _literals[at];
            bool isShort = _isShort[at];
            Choice match = isShort ? _short[at + literals] : at + literals < _bytes.Length ? _long[at + literals] : default;
            if (isShort)
            {
                stream.WriteByte((byte)((literals << 4) | (match.Length - 1)));
            }
            else
            {
                int length = Math.Max(0, match.Length - 1);
                stream.WriteByte((byte)(0x80 | (Math.Min(literals, PackedStream.LongField) << 4) | (match.Kind == Kind.Far ? 8 : 0) | Math.Min(length, PackedStream.LongField)));
                WriteMore(stream, literals);
                WriteMore(stream, length);
            }

            stream.Write(_bytes, at, literals);
            at += literals;
            if (match.Kind == Kind.None)
                return stream.ToArray();
            int back = (match.Kind == Kind.Far ? PackedStream.FarWindow : PackedStream.NearWindow) - match.Distance;
            stream.WriteByte((byte)back);
            stream.WriteByte((byte)(back >> 8));
            if (match.Kind == Kind.Far)
                stream.WriteByte((byte)(back >> 16));
            at += match.Length;
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
