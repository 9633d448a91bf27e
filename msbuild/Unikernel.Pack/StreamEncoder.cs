using System.Buffers.Binary;

namespace Unikernel.Pack;

/// <summary>
/// Packs bytes as a <see cref="PackedStream"/>: the sequences are those of least cost, where cost is bytes and, to a degree, the time to expand them.
/// </summary>
/// <remarks>
/// Which tokens are worth their place in the table depends on the path, and the path on the tokens: from a guess on, each round keeps fewer of those that
/// the last one used, until they have room in the table.
/// </remarks>
public sealed class StreamEncoder
{
    // Tokens that the rounds keep.
    private static readonly int[] s_rounds = [2000, 500, TokenTable.Most];

    // So many bytes of an image say what its tokens are, in windows of this length.
    private const int SampleLength = 1 << 17, WindowLength = 1 << 14;

    // Stretches of this length are encoded at once, each on its own.
    private const int StretchLength = 1 << 19;

    private readonly byte[] _bytes;
    private readonly Matches[] _matches;
    private readonly double _bitsPerInstruction;

    private StreamEncoder(byte[] bytes, double bitsPerInstruction)
    {
        _bytes = bytes;
        _matches = MatchFinder.Find(bytes);
        _bitsPerInstruction = bitsPerInstruction;
    }

    /// <summary>Packs; an instruction more in the machine is taken for that many bits less.</summary>
    public static byte[] Encode(byte[] bytes, double bitsPerInstruction)
    {
        var encoder = new StreamEncoder(bytes, bitsPerInstruction);
        List<(Token Token, int Uses)> used = encoder.ChooseTokens();
        var table = new TokenTable(used.Select(u => u.Token));
        return encoder.Write(table, encoder.Steps(TokenPrices.Of(used, TokenTable.Most)));
    }

    private List<(Token Token, int Uses)> ChooseTokens()
    {
        var prices = TokenPrices.Guessed();
        List<(Token Token, int Uses)> used = [];
        foreach (int round in s_rounds)
        {
            used = Used(Paths(Windows(), prices).SelectMany(p => p), round);
            prices = TokenPrices.Of(used, round);
        }

        return used;
    }

    private static List<(Token Token, int Uses)> Used(IEnumerable<PathStep> steps, int most) =>
        [.. steps.Where(s => s.IsShort).GroupBy(s => s.Token).Select(g => (g.Key, Uses: g.Count()))
            .OrderByDescending(u => u.Uses).ThenBy(u => u.Key.Literals).ThenBy(u => u.Key.Match).ThenBy(u => u.Key.DistanceBytes).Take(most)];

    // All of it, or windows that are spread evenly.
    private IReadOnlyList<(int From, int To)> Windows()
    {
        if (_bytes.Length <= SampleLength)
            return [(0, _bytes.Length)];
        const int Count = SampleLength / WindowLength;
        return [.. Enumerable.Range(0, Count).Select(i => (int)((long)(_bytes.Length - WindowLength) * i / (Count - 1))).Select(from => (from, from + WindowLength))];
    }

    private List<PathStep>[] Paths(IReadOnlyList<(int From, int To)> stretches, TokenPrices prices)
    {
        var paths = new List<PathStep>[stretches.Count];
        Parallel.For(0, paths.Length, i => paths[i] = SequencePath.Find(_bytes, _matches, _bitsPerInstruction, stretches[i].From, stretches[i].To, prices));
        return paths;
    }

    // The literals at the end of a stretch begin the next one's first sequence, which says its distance: it does not know the one before.
    private List<PathStep> Steps(TokenPrices prices)
    {
        int count = Math.Max(1, (_bytes.Length + StretchLength - 1) / StretchLength);
        var steps = new List<PathStep>();
        foreach (List<PathStep> path in Paths([.. Enumerable.Range(0, count).Select(i => (i * StretchLength, Math.Min((i + 1) * StretchLength, _bytes.Length)))], prices))
        {
            if (steps.Count > 0)
            {
                PathStep first = path[0], before = steps[^1];
                steps.RemoveAt(steps.Count - 1);
                path[0] = new PathStep(before.Literals + first.Literals, first.Match, first.Distance, first.Match == 0 ? 0 : 3, false);
            }

            steps.AddRange(path);
        }

        return steps;
    }

    private byte[] Write(TokenTable table, List<PathStep> steps)
    {
        var stream = new MemoryStream();
        table.Write(stream);
        Dictionary<Token, byte> tokens = Enumerable.Range(0, table.Count).ToDictionary(i => table[i], i => (byte)i);
        int at = 0;
        foreach (PathStep step in steps)
        {
            if (step.IsShort)
            {
                stream.WriteByte(tokens[step.Token]);
            }
            else
            {
                stream.WriteByte(PackedStream.Long);
                WriteCount(stream, step.Literals);
                WriteCount(stream, step.Match);
            }

            stream.Write(_bytes, at, step.Literals);
            for (int i = 0, distance = -step.Distance; i < step.DistanceBytes; i++, distance >>= 8)
                stream.WriteByte((byte)distance);
            at += step.Literals + step.Match;
        }

        return stream.ToArray();
    }

    private static void WriteCount(MemoryStream stream, int value)
    {
        stream.WriteByte((byte)Math.Min(value, 255));
        if (value < 255)
            return;
        Span<byte> whole = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(whole, value);
        stream.Write(whole);
    }
}
