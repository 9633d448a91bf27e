namespace Unikernel.Pack;

/// <summary>What each short sequence costs, beside its literals and distance, while the paths through an image are compared.</summary>
internal sealed class TokenPrices
{
    /// <summary>Costs are whole numbers, of so many to a bit.</summary>
    public const int Bit = 16;

    // Tokens by kind, then match, then literals; of the first kind by literals, then match.
    private readonly Price[] _prices;
    private readonly (int First, int End)[] _repeating = new (int, int)[Token.MostLiterals + 1];
    private readonly MatchPrices[][] _matches = new MatchPrices[Token.Kinds][];

    /// <summary>The most literals that a token has.</summary>
    public int MostLiterals { get; }

    private TokenPrices(List<(Token Token, double Bits)> tokens)
    {
        MostLiterals = tokens.Select(t => t.Token.Literals).DefaultIfEmpty().Max();
        (Token Token, double Bits)[] ordered =
            [.. tokens.OrderBy(t => t.Token.DistanceBytes).ThenBy(t => t.Token.DistanceBytes == 0 ? t.Token.Literals : t.Token.Match).ThenBy(t => t.Token.Match).ThenBy(t => t.Token.Literals)];
        _prices = [.. ordered.Select(t => new Price(t.Token.Literals, t.Token.Match, (int)(t.Bits * Bit)))];
        Array.Fill(_matches, []);
        MostLiteralsRepeating = tokens.Where(t => t.Token.DistanceBytes == 0).Select(t => t.Token.Literals).DefaultIfEmpty(-1).Max();
        int first = 0;
        foreach (IGrouping<int, (Token Token, double Bits)> kind in ordered.GroupBy(t => t.Token.DistanceBytes))
        {
            if (kind.Key == 0)
            {
                foreach (IGrouping<int, (Token Token, double Bits)> literals in kind.GroupBy(t => t.Token.Literals))
                    _repeating[literals.Key] = (first, first += literals.Count());
            }
            else
            {
                _matches[kind.Key] = [.. kind.GroupBy(t => t.Token.Match).Select(g => new MatchPrices(g.Key, first, first += g.Count()))];
            }
        }
    }

    /// <summary>The most of one that repeats the distance of the sequence before; -1 if there is none.</summary>
    public int MostLiteralsRepeating { get; }

    /// <summary>Tokens of a match.</summary>
    public ReadOnlySpan<Price> Of(in MatchPrices match) => _prices.AsSpan(match.First, match.End - match.First);

    /// <summary>Tokens with these literals that repeat the distance of the sequence before, in ascending order of matches.</summary>
    public ReadOnlySpan<Price> Repeating(int literals) => _prices.AsSpan(_repeating[literals].First, _repeating[literals].End - _repeating[literals].First);

    /// <summary>Matches of the tokens whose distance takes so many bytes (not 0), ascending.</summary>
    public ReadOnlySpan<MatchPrices> Matches(int kind) => _matches[kind];

    /// <summary>Before anything is known: every sequence, the small ones the cheaper.</summary>
    public static TokenPrices Guessed()
    {
        var all = new List<(Token, double)>();
        for (int kind = 0; kind < Token.Kinds; kind++)
        {
            for (int literals = 0; literals <= Token.MostLiterals; literals++)
            {
                for (int match = kind == 0 ? 1 : 2; match <= 64; match++)
                    all.Add((new Token(literals, match, kind), 8 + (0.25 * literals) + (0.15 * match)));
            }
        }

        return new TokenPrices(all);
    }

    /// <summary>Of those that were used, the most frequent; those that will have no byte of their own cost more.</summary>
    public static TokenPrices Of(List<(Token Token, int Uses)> used, int count)
    {
        double all = used.Sum(u => (double)u.Uses);
        return new TokenPrices([.. used.Take(count).Select(u => (u.Token, count <= TokenTable.Most ? 8 : Math.Max(8, 8 + (0.6 * (-Math.Log2(u.Uses / all) - 7)))))]);
    }

    /// <summary>Of a token: what it says, and what it costs.</summary>
    internal readonly record struct Price(int Literals, int Match, int Cost);

    /// <summary>A match, and which of the tokens of its kind have it.</summary>
    internal readonly record struct MatchPrices(int Match, int First, int End);
}
