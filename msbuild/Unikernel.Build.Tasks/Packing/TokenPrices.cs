namespace Unikernel.Build.Tasks.Packing;

/// <summary>What each short sequence costs, beside its literals and distance, while the paths through an image are compared.</summary>
internal sealed class TokenPrices
{
    /// <summary>Costs are whole numbers, of so many to a bit.</summary>
    public const int Bit = 16;

    private const int Groups = Token.Kinds * (Token.MostLiterals + 1);

    // Of the group (literals, kind): matches by length, and what they cost.
    private readonly byte[][] _matches = new byte[Groups][];
    private readonly int[][] _costs = new int[Groups][];

    /// <summary>The most literals that a token has.</summary>
    public int MostLiterals { get; }

    private TokenPrices(IEnumerable<(Token Token, double Bits)> tokens)
    {
        foreach (IGrouping<int, (Token Token, double Bits)> group in tokens.GroupBy(t => Group(t.Token.Literals, t.Token.DistanceBytes)))
        {
            (Token Token, double Bits)[] ordered = [.. group.OrderBy(t => t.Token.Match)];
            _matches[group.Key] = [.. ordered.Select(t => (byte)t.Token.Match)];
            _costs[group.Key] = [.. ordered.Select(t => (int)(t.Bits * Bit))];
            MostLiterals = Math.Max(MostLiterals, ordered[0].Token.Literals);
        }

        for (int i = 0; i < Groups; i++)
        {
            _matches[i] ??= [];
            _costs[i] ??= [];
        }
    }

    /// <summary>Lengths of matches that have a token, ascending, and the tokens' costs.</summary>
    public (byte[] Matches, int[] Costs) For(int literals, int kind) => (_matches[Group(literals, kind)], _costs[Group(literals, kind)]);

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
        return new TokenPrices(used.Take(count).Select(u => (u.Token, count <= TokenTable.Most ? 8 : Math.Max(8, 8 + (0.6 * (-Math.Log2(u.Uses / all) - 7))))));
    }

    private static int Group(int literals, int kind) => (literals * Token.Kinds) + kind;
}
