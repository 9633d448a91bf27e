namespace Unikernel.Build.Tasks.Packing;

/// <summary>The repetitions that can begin at a place: the longest for each number of bytes that a distance takes. Small, because every byte of an image has one.</summary>
internal struct Matches
{
    /// <summary>Longest match in reach of 8 bits that does not overlap itself, and is not at a distance of 1.</summary>
    public byte ByteLength, ByteDistance;

    /// <summary>Longest match in reach of 16 bits, which may overlap itself.</summary>
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

    private const int Shallow = 3, Deep = 6, ShallowDepth = 48, DeepDepth = 12, ShallowBits = 16, DeepBits = 22;

    // What begins one byte later in a match as long as this is not looked for: it is the rest of that match.
    private const int Enough = 48;

    private readonly byte[] _bytes;
    private readonly int[] _shallowHeads = Heads(ShallowBits), _deepHeads = Heads(DeepBits);
    private readonly int[] _shallow, _deep;
    private Matches _found;

    private MatchFinder(byte[] bytes)
    {
        _bytes = bytes;
        _shallow = new int[bytes.Length];
        _deep = new int[bytes.Length];
    }

    /// <summary>The matches at each place.</summary>
    public static Matches[] Find(byte[] bytes)
    {
        var finder = new MatchFinder(bytes);
        var all = new Matches[bytes.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = finder.At(i);
        return all;
    }

    private static int[] Heads(int bits)
    {
        int[] heads = new int[1 << bits];
        Array.Fill(heads, -1);
        return heads;
    }

    private Matches At(int place)
    {
        bool isRest = _found.NearLength >= Enough || _found.FarLength >= Enough;
        _found = isRest ? Rest(_found, place) : default;
        if (place + Shallow <= _bytes.Length)
            Walk(place, _shallowHeads, _shallow, Hash(place, Shallow, ShallowBits), isRest ? 0 : ShallowDepth, PackedStream.NearWindow);
        if (place + Deep <= _bytes.Length)
            Walk(place, _deepHeads, _deep, Hash(place, Deep, DeepBits), isRest ? 0 : DeepDepth, PackedStream.FarWindow);
        return _found;
    }

    // The matches one byte later; those that were cut off at the longest length go on.
    private Matches Rest(Matches matches, int place)
    {
        Matches rest = default;
        if (matches.NearLength > 0)
            Consider(ref rest, place, place - matches.NearDistance);
        if (matches.ByteLength > 0)
            Consider(ref rest, place, place - matches.ByteDistance);
        if (matches.FarLength > 0)
            Consider(ref rest, place, place - matches.FarDistance);
        return rest;
    }

    private void Walk(int place, int[] heads, int[] previous, int hash, int depth, int window)
    {
        for (int other = heads[hash]; other >= 0 && place - other < window && depth > 0; other = previous[other], depth--)
        {
            Consider(ref _found, place, other);
            if (_found.NearLength == Longest)
                break;
        }

        previous[place] = heads[hash];
        heads[hash] = place;
    }

    private void Consider(ref Matches found, int place, int other)
    {
        int distance = place - other;
        bool isNear = distance < PackedStream.NearWindow, isByte = distance < PackedStream.ByteWindow;
        int best = isByte ? Math.Min(found.NearLength, found.ByteLength) : isNear ? found.NearLength : found.FarLength;
        int most = Math.Min(Longest, _bytes.Length - place);
        if (best >= most || _bytes[other + best] != _bytes[place + best])
            return;
        int length = _bytes.AsSpan(other, most).CommonPrefixLength(_bytes.AsSpan(place, most));
        if (isByte && distance > 1 && Math.Min(Math.Min(length, distance), Token.LongestMatch) is var inByte && inByte > found.ByteLength)
            (found.ByteLength, found.ByteDistance) = ((byte)inByte, (byte)distance);
        if (isNear && length > found.NearLength)
            (found.NearLength, found.NearDistance) = ((ushort)length, (ushort)distance);
        if (!isNear && length > found.FarLength)
            (found.FarLength, found.FarDistance) = ((ushort)length, distance);
    }

    private int Hash(int place, int count, int bits)
    {
        ulong value = 0;
        for (int i = 0; i < count; i++)
            value = (value << 8) | _bytes[place + i];
        return (int)((value * 0x9E3779B97F4A7C15) >> (64 - bits));
    }
}
