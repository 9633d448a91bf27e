using System.Runtime.CompilerServices;

namespace Unikernel.Pack;

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
    private const int Unreached = int.MaxValue / 2;

    // Instructions of unpack.S.
    private const int ShortInstructions = 17, LongInstructions = 45, BlockInstructions = 6, Block = 16;

    // What is long but for its end is not worth a choice of lengths.
    private const int Choices = 8;

    private readonly byte[] _bytes;
    private readonly Matches[] _matches;
    private readonly int _short, _long, _block, _literal, _literalInRun;
    private readonly int _start, _end;

    // The best way to each place, from the start on: what it costs, and its last sequence.
    private readonly int[] _costs;
    private readonly Way[] _ways;
    private const byte LongKind = 4;

    // What it costs to have come to a place by so many literals, with their number in the lowest bits.
    private readonly long[] _afterLiterals = new long[Token.MostLiterals + 1];
    private const int LiteralsBits = 4;

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
        _costs = new int[to - from + 1];
        _ways = new Way[to - from + 1];
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

    private void Walk(TokenPrices prices)
    {
        _costs.AsSpan().Fill(Unreached);
        _costs[0] = 0;
        _ways[0].Distance = 1;
        int run = _start; // where the literals of a long sequence begin best
        for (int place = _start; place < _end; place++)
        {
            if (_costs[place - _start] != Unreached && RunFrom(place) < RunFrom(run))
                run = place;
            TakeShort(place, prices);
            TakeLong(run, place);
        }
    }

    // Costs of runs are compared as if all began at the start.
    private long RunFrom(int place) => _costs[place - _start] - ((long)_literalInRun * (place - _start));

    // For each match, the cheapest number of literals before it.
    private void TakeShort(int place, TokenPrices prices)
    {
        int most = Math.Min(prices.MostLiterals, place - _start), cost = _short;
        ReadOnlySpan<int> costs = _costs.AsSpan(place - _start - most, most + 1);
        Span<long> afterLiterals = _afterLiterals.AsSpan(0, prices.MostLiterals + 1);
        for (int literals = 0; literals <= most; literals++, cost += _literal)
            afterLiterals[literals] = ((long)(costs[most - literals] + cost) << LiteralsBits) + literals;
        afterLiterals[(most + 1)..].Fill((long)Unreached << LiteralsBits);

        TakeRepeated(place, most, prices);
        ref Matches matches = ref _matches[place];
        if (matches.ByteLength > 0)
            Take(place, prices, 1, matches.ByteLength, matches.ByteDistance);
        if (matches.NearDistance > 1)
            Take(place, prices, 2, Math.Min(matches.NearLength, matches.NearDistance), matches.NearDistance);
        if (matches.FarLength > 0)
            Take(place, prices, 3, matches.FarLength, matches.FarDistance);
    }

    private void Take(int place, TokenPrices prices, byte kind, int longest, int distance)
    {
        longest = Math.Min(longest, _end - place);
        foreach (ref readonly TokenPrices.MatchPrices with in prices.Matches(kind))
        {
            if (with.Match > longest)
                break;
            long best = long.MaxValue;
            foreach (ref readonly TokenPrices.Price token in prices.Of(with))
                best = Math.Min(best, _afterLiterals[token.Literals] + ((long)token.Cost << LiteralsBits));
            int cost = (int)(best >> LiteralsBits) + (kind * 8 * TokenPrices.Bit);
            Offer(place, with.Match, cost + ((with.Match - 1) / Block * _block), place - (int)(best & Token.MostLiterals), distance, kind);
        }
    }

    // The distance of the sequence before is another one for each number of literals.
    private void TakeRepeated(int place, int most, TokenPrices prices)
    {
        most = Math.Min(most, prices.MostLiteralsRepeating);
        for (int literals = 0; literals <= most; literals++)
        {
            int start = place - literals, distance = _ways[start - _start].Distance;
            if (distance == 0 || distance > place || _bytes[place] != _bytes[place - distance])
                continue;
            ReadOnlySpan<TokenPrices.Price> tokens = prices.Repeating(literals);
            if (tokens.IsEmpty)
                continue;
            int longest = Repeated(place, distance);
            foreach (ref readonly TokenPrices.Price token in tokens)
            {
                if (token.Match > longest)
                    break;
                Offer(place, token.Match, (int)(_afterLiterals[literals] >> LiteralsBits) + token.Cost + ((token.Match - 1) / Block * _block), start, distance, 0);
            }
        }
    }

    private int Repeated(int place, int distance)
    {
        int most = Math.Min(Math.Min(distance, Token.LongestMatch), _end - place);
        return _bytes.AsSpan(place, most).CommonPrefixLength(_bytes.AsSpan(place - distance, most));
    }

    private void TakeLong(int run, int place)
    {
        ref Matches matches = ref _matches[place];
        bool isNear = matches.NearLength >= matches.FarLength;
        int longest = Math.Min(isNear ? matches.NearLength : matches.FarLength, _end - place);
        if (longest < MinimalMatch)
            return;
        int distance = isNear ? matches.NearDistance : matches.FarDistance, literals = place - run;
        int cost = _costs[run - _start] + (_literalInRun * literals) + _long + Cost(3 * 8) + (literals >= 255 ? Cost(32) : 0);
        for (int match = longest; match >= MinimalMatch && match > longest - Choices; match--)
            Offer(place, match, cost + (match >= 255 ? Cost(32) : 0) + (match / Block * _block), run, distance, LongKind);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Offer(int place, int match, int cost, int from, int distance, byte kind)
    {
        int to = place + match - _start;
        if (cost >= _costs[to])
            return;
        _costs[to] = cost;
        _ways[to] = new Way { From = from, Distance = distance, Match = (ushort)match, Kind = kind };
    }

    private List<PathStep> Steps()
    {
        // The last sequence is of literals alone.
        int last = _start;
        for (int place = _start; place <= _end; place++)
        {
            if (_costs[place - _start] != Unreached && RunFrom(place) < RunFrom(last))
                last = place;
        }

        List<PathStep> steps = [new(_end - last, 0, 0, 0, false)];
        for (int place = last, from; place > _start; place = from)
        {
            Way way = _ways[place - _start];
            from = way.From;
            bool isShort = way.Kind != LongKind;
            steps.Add(new PathStep(place - way.Match - from, way.Match, way.Distance, isShort ? way.Kind : 3, isShort));
        }

        steps.Reverse();
        return steps;
    }

    /// <summary>The last sequence on the way to a place.</summary>
    private struct Way
    {
        public int From, Distance;
        public ushort Match;
        public byte Kind; // bytes of the distance; LongKind: a long sequence
    }
}
