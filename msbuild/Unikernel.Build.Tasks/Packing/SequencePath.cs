using System.Runtime.CompilerServices;

namespace Unikernel.Build.Tasks.Packing;

/// <summary>A sequence of a path: literals, and a match unless it is the last one.</summary>
/// <param name="Literals">How many bytes stand for themselves.</param>
/// <param name="Match">How many are copied; 0 at the end.</param>
/// <param name="Distance">From how far back.</param>
/// <param name="DistanceBytes">What the distance takes.</param>
/// <param name="IsShort">Whether it is a token.</param>
internal readonly record struct PathStep(int Literals, int Match, int Distance, int DistanceBytes, bool IsShort)
{
    public Token Token => new(Literals, Match, DistanceBytes);
}

/// <summary>
/// The cheapest sequences for a stretch of bytes: a shortest path from its beginning to its end, whose places are the ends of matches.
/// </summary>
/// <remarks>
/// A place keeps one way to get there, with the distance that a following sequence may repeat; that a dearer way with another distance would have ended
/// cheaper is not looked for.
/// </remarks>
internal sealed class SequencePath
{
    private const int MinimalMatch = 3;
    private const long Unreached = long.MaxValue;

    // Instructions of unpack.S.
    private const int ShortInstructions = 17, LongInstructions = 45, BlockInstructions = 6, Block = 16;

    // What is long but for its end is not worth a choice of lengths.
    private const int Choices = 8;

    private readonly byte[] _bytes;
    private readonly Matches[] _matches;
    private readonly int _short, _long, _block, _literal, _literalInRun;
    private readonly int _start, _end;

    // Of the best way to each place, from the start on: the cost, and its last sequence.
    private readonly long[] _cost; // an image of 16 MB has 2^31 sixteenths of a bit
    private readonly int[] _from, _distance;
    private readonly ushort[] _match;
    private readonly byte[] _kind; // bytes of the distance; LongKind: a long sequence
    private const byte LongKind = 4;

    private SequencePath(byte[] bytes, Matches[] matches, double bitsPerInstruction, int from, int to)
    {
        _bytes = bytes;
        _matches = matches;
        (_start, _end) = (from, to);
        bitsPerInstruction = Math.Min(bitsPerInstruction, 64); // nothing is packed long before
        _short = Cost(bitsPerInstruction * ShortInstructions);
        _block = Cost(bitsPerInstruction * BlockInstructions);
        _long = Cost((bitsPerInstruction * LongInstructions) + (3 * 8));
        _literal = Cost(8);
        _literalInRun = Cost(8 + (bitsPerInstruction * BlockInstructions / Block));
        int places = to - from + 1;
        _cost = new long[places];
        _from = new int[places];
        _distance = new int[places];
        _match = new ushort[places];
        _kind = new byte[places];
    }

    private static int Cost(double bits) => (int)(bits * TokenPrices.Bit);

    /// <summary>The path from one place to another; nothing before the first is a literal of it, though it may be copied.</summary>
    /// <param name="bytes">All bytes.</param>
    /// <param name="matches">What can begin at each of them.</param>
    /// <param name="bitsPerInstruction">What an instruction of the loader is worth.</param>
    /// <param name="from">Where the path begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="prices">Of the short sequences.</param>
    public static List<PathStep> Find(byte[] bytes, Matches[] matches, double bitsPerInstruction, int from, int to, TokenPrices prices)
    {
        var path = new SequencePath(bytes, matches, bitsPerInstruction, from, to);
        path.Walk(prices);
        return path.Steps();
    }

    // A build packs once: what runs for each byte is compiled well at once, not after it has run slowly for a while.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Walk(TokenPrices prices)
    {
        Array.Fill(_cost, Unreached);
        (_cost[0], _distance[0]) = (0, 1);
        int run = _start; // where the literals of a long sequence begin best
        for (int place = _start; place < _end; place++)
        {
            if (_cost[place - _start] != Unreached)
            {
                if (RunFrom(place) < RunFrom(run))
                    run = place;
                TakeShort(place, prices);
            }

            TakeLong(run, place);
        }
    }

    // Costs of runs are compared as if all began at the start.
    private long RunFrom(int place) => _cost[place - _start] - ((long)_literalInRun * (place - _start));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeShort(int start, TokenPrices prices)
    {
        int last = _distance[start - _start];
        for (int literals = 0; literals <= prices.MostLiterals && start + literals < _end; literals++)
        {
            int place = start + literals;
            long cost = _cost[start - _start] + (_literal * literals) + _short;
            if (last <= place && _bytes[place] == _bytes[place - last])
                Take(start, place, cost, prices.For(literals, 0), Repeated(place, last), last, 0);
            ref Matches matches = ref _matches[place];
            if (matches.ByteLength > 0)
                Take(start, place, cost, prices.For(literals, 1), matches.ByteLength, matches.ByteDistance, 1);
            if (matches.NearDistance > 1)
                Take(start, place, cost, prices.For(literals, 2), Math.Min(matches.NearLength, matches.NearDistance), matches.NearDistance, 2);
            if (matches.FarLength > 0)
                Take(start, place, cost, prices.For(literals, 3), matches.FarLength, matches.FarDistance, 3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Repeated(int place, int distance)
    {
        int most = Math.Min(Math.Min(distance, Token.LongestMatch), _end - place);
        return _bytes.AsSpan(place, most).CommonPrefixLength(_bytes.AsSpan(place - distance, most));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take(int start, int place, long cost, (byte[] Matches, int[] Costs) tokens, int longest, int distance, byte kind)
    {
        longest = Math.Min(longest, _end - place);
        cost += kind * Cost(8);
        for (int i = 0; i < tokens.Matches.Length && tokens.Matches[i] is var match && match <= longest; i++)
            Offer(place + match, cost + tokens.Costs[i] + ((match - 1) / Block * _block), start, match, distance, kind);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeLong(int run, int place)
    {
        ref Matches matches = ref _matches[place];
        bool isNear = matches.NearLength >= matches.FarLength;
        int longest = Math.Min(isNear ? matches.NearLength : matches.FarLength, _end - place), distance = isNear ? matches.NearDistance : matches.FarDistance;
        int literals = place - run;
        long cost = _cost[run - _start] + ((long)_literalInRun * literals) + _long + Cost(3 * 8) + (literals >= 255 ? Cost(32) : 0);
        for (int match = longest; match >= MinimalMatch && match > longest - Choices; match--)
            Offer(place + match, cost + (match >= 255 ? Cost(32) : 0) + (match / Block * _block), run, match, distance, LongKind);
    }

    private void Offer(int to, long cost, int from, int match, int distance, byte kind)
    {
        to -= _start;
        if (cost >= _cost[to])
            return;
        (_cost[to], _from[to], _match[to], _distance[to], _kind[to]) = (cost, from, (ushort)match, distance, kind);
    }

    private List<PathStep> Steps()
    {
        // The last sequence is of literals alone.
        int last = _start;
        for (int place = _start; place <= _end; place++)
        {
            if (_cost[place - _start] != Unreached && RunFrom(place) < RunFrom(last))
                last = place;
        }

        List<PathStep> steps = [new(_end - last, 0, 0, 0, false)];
        for (int place = last, from; place > _start; place = from)
        {
            int at = place - _start;
            from = _from[at];
            bool isShort = _kind[at] != LongKind;
            steps.Add(new PathStep(place - _match[at] - from, _match[at], _distance[at], isShort ? _kind[at] : 3, isShort));
        }

        steps.Reverse();
        return steps;
    }
}
