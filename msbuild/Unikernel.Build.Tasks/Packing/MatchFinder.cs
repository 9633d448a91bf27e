namespace Unikernel.Build.Tasks.Packing;

/// <summary>The repetitions that can begin at a place: the best of each kind that the stream can say. Small, because every byte of an image has one.</summary>
internal struct Matches
{
    /// <summary>Longest match of a short sequence: near, and not into itself.</summary>
    public ushort ShortLength, ShortDistance;

    /// <summary>Longest match in reach of 16 bits.</summary>
    public ushort NearLength, NearDistance;

    /// <summary>Longest match in reach of 24 bits, if it is not near.</summary>
    public ushort FarLength;

    /// <inheritdoc cref="FarLength"/>
    public int FarDistance;
}

/// <summary>Finds repetitions by two chains of places with the same hash: of three bytes for near ones, of six for long ones that may be far.</summary>
internal sealed class MatchFinder
{
    /// <summary>A match is not looked at further than this: what is longer (zeros) is said in pieces.</summary>
    public const int Longest = 1024;

    private const int Shallow = 3, Deep = 6, ShallowDepth = 40, DeepDepth = 16, HashBits = 18;

    private readonly byte[] _bytes;
    private readonly int[] _shallowHeads = Heads(), _deepHeads = Heads();
    private readonly int[] _shallow, _deep;
    private Matches _found;

    public MatchFinder(byte[] bytes)
    {
        _bytes = bytes;
        _shallow = new int[bytes.Length];
        _deep = new int[bytes.Length];
    }

    /// <summary>The matches at a place; places are asked for in order, each once.</summary>
    public Matches At(int place)
    {
        _found = default;
        if (place + Shallow <= _bytes.Length)
            Walk(place, _shallowHeads, _shallow, Hash(place, Shallow), ShallowDepth, PackedStream.NearWindow);
        if (place + Deep <= _bytes.Length)
            Walk(place, _deepHeads, _deep, Hash(place, Deep), DeepDepth, PackedStream.FarWindow);
        return _found;
    }

    private static int[] Heads()
    {
        int[] heads = new int[1 << HashBits];
        Array.Fill(heads, -1);
        return heads;
    }

    private void Walk(int place, int[] heads, int[] previous, int hash, int depth, int window)
    {
        for (int other = heads[hash]; other >= 0 && place - other < window && depth > 0; other = previous[other], depth--)
        {
            Consider(place, other);
            if (_found.NearLength == Longest && _found.ShortLength == PackedStream.ShortMatch)
                break;
        }

        previous[place] = heads[hash];
        heads[hash] = place;
    }

    private void Consider(int place, int other)
    {
        int distance = place - other;
        bool isNear = distance < PackedStream.NearWindow;
        int best = isNear ? Math.Min(_found.NearLength, _found.ShortLength) : _found.FarLength;
        int most = Math.Min(Longest, _bytes.Length - place);
        if (best >= most || _bytes[other + best] != _bytes[place + best])
            return;
        int length = _bytes.AsSpan(other, most).CommonPrefixLength(_bytes.AsSpan(place, most));
        if (isNear && Math.Min(Math.Min(length, distance), PackedStream.ShortMatch) is var inShort && inShort > _found.ShortLength)
            (_found.ShortLength, _found.ShortDistance) = ((ushort)inShort, (ushort)distance);
        if (isNear && length > _found.NearLength)
            (_found.NearLength, _found.NearDistance) = ((ushort)length, (ushort)distance);
        if (!isNear && length > _found.FarLength)
            (_found.FarLength, _found.FarDistance) = ((ushort)length, distance);
    }

    private int Hash(int place, int count)
    {
        ulong value = 0;
        for (int i = 0; i < count; i++)
            value = (value << 8) | _bytes[place + i];
        return (int)((value * 0x9E3779B97F4A7C15) >> (64 - HashBits));
    }
}
