namespace Unikernel.Pack;

/// <summary>What a token of a <see cref="PackedStream"/> says.</summary>
/// <param name="Literals">0 to 15.</param>
/// <param name="Match">1 to 127.</param>
/// <param name="DistanceBytes">1 to 3; 0: the distance of the sequence before.</param>
public readonly record struct Token(int Literals, int Match, int DistanceBytes)
{
    internal const int MostLiterals = 15, LongestMatch = 127, Kinds = 4;
}

/// <summary>
/// The tokens of a stream, at its beginning: how many there are, at most 255, and two bytes for each: <c>M  KKLLLL</c> (K bytes of distance).
/// </summary>
internal sealed class TokenTable
{
    public const int Most = 255;

    private readonly Token[] _tokens;

    public TokenTable(IEnumerable<Token> tokens) => _tokens = [.. tokens.Take(Most)];

    public int Count => _tokens.Length;

    /// <summary>Length of the table in the stream.</summary>
    public int Encoded => 1 + (2 * _tokens.Length);

    public Token this[int token] => token < _tokens.Length ? _tokens[token] : throw new InvalidDataException($"The packed bytes are damaged: there is no token {token}.");

    public static TokenTable Read(ReadOnlySpan<byte> stream)
    {
        var tokens = new Token[stream[0]];
        for (int i = 0; i < tokens.Length; i++)
        {
            int match = stream[1 + (2 * i)], rest = stream[2 + (2 * i)];
            if (match is 0 or > Token.LongestMatch || rest >= 64)
                throw new InvalidDataException($"The packed bytes are damaged: token {i} is 0x{match:x2} 0x{rest:x2}.");
            tokens[i] = new Token(rest & 15, match, rest >> 4);
        }

        return new TokenTable(tokens);
    }

    public void Write(Stream stream)
    {
        stream.WriteByte((byte)_tokens.Length);
        foreach (Token token in _tokens)
        {
            stream.WriteByte((byte)token.Match);
            stream.WriteByte((byte)((token.DistanceBytes << 4) | token.Literals));
        }
    }
}
