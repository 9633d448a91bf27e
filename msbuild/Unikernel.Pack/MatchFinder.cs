namespace Unikernel.Pack;

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

/// <summary>Finds repetitions by chains of places with the same hash: of three bytes for near ones, of six for long ones that may be far.</summary>
internal sealed class MatchFinder
{
    /// <summary>A match is not looked at further than this: what is longer (zeros) is said in pieces.</summary>
    public const int Longest = 1024;

    private const int NearBytes = 3, NearBits = 16, FarBytes = 6, FarBits = 22;

    // A large image is searched less deeply: it would gain a hundredth, and its publish lose a second.
    private const int Large = 4 << 20;

    // What begins one byte later in a match as long as this is not looked for: it is the rest of that match.
    private const int Enough = 48;

    // Nor a far one where a near one is as long as this: it would have to be much longer to be worth its distance.
    private const int EnoughNear = 16;

    // Places of one stretch are looked at one after another, stretches at once.
    private const int StretchLength = 1 << 18;

    private readonly byte[] _bytes;
    private readonly Matches[] _matches;
    private readonly int _nearDepth, _farDepth;
    private int[] _near = [], _far = []; // the place before with the same hash, or -1

    private MatchFinder(byte[] bytes)
    {
        _bytes = bytes;
        _matches = new Matches[bytes.Length];
        (_nearDepth, _farDepth) = bytes.Length < Large ? (48, 20) : (24, 8);
        Parallel.Invoke(() => _near = Chain(NearBytes, NearBits), () => _far = Chain(FarBytes, FarBits));
    }

    /// <summary>The matches at each place.</summary>
    public static Matches[] Find(byte[] bytes)
    {
        var finder = new MatchFinder(bytes);
        Parallel.For(0, (bytes.Length + StretchLength - 1) / StretchLength, i => finder.FindIn(i * StretchLength, Math.Min((i + 1) * StretchLength, bytes.Length)));
        return finder._matches;
    }

    private int[] Chain(int count, int bits)
    {
        int[] heads = new int[1 << bits], chain = new int[_bytes.Length];
        Array.Fill(heads, -1);
        Array.Fill(chain, -1);
        ulong value = 0;
        for (int i = 0; i < _bytes.Length; i++)
        {
            value = (value << 8) | _bytes[i];
            int place = i - count + 1;
            if (place < 0)
                continue;
            ref int head = ref heads[(int)(((value << (64 - (8 * count))) * 0x9E3779B97F4A7C15) >> (64 - bits))];
            chain[place] = head;
            head = place;
        }

        return chain;
    }

    private void FindIn(int start, int end)
    {
        for (int place = start; place < end; place++)
        {
            Matches before = place > start ? _matches[place - 1] : default;
            FindNear(ref _matches[place], place, before);
            if (_matches[place].NearLength < EnoughNear)
                FindFar(ref _matches[place], place, before);
        }
    }

    private void FindNear(ref Matches found, int place, in Matches before)
    {
        if (before.NearLength >= Enough)
        {
            ConsiderNear(ref found, place, place - before.NearDistance);
            if (before.ByteLength > 0)
                ConsiderNear(ref found, place, place - before.ByteDistance);
            return;
        }

        int other = _near[place], most = _bytes.Length - 1 - place;
        for (int depth = _nearDepth; other >= 0 && place - other < PackedStream.NearWindow && depth > 0 && found.NearLength < Longest; other = _near[other], depth--)
        {
            // Most are no longer than what was found: one byte says so.
            if (place - other < PackedStream.ByteWindow || _bytes[other + Math.Min(found.NearLength, most)] == _bytes[place + Math.Min(found.NearLength, most)])
                ConsiderNear(ref found, place, other);
        }
    }

    private void FindFar(ref Matches found, int place, in Matches before)
    {
        if (before.FarLength >= Enough)
        {
            ConsiderFar(ref found, place, place - before.FarDistance);
            return;
        }

        int other = _far[place];
        for (int depth = _farDepth; other >= 0 && place - other < PackedStream.FarWindow && depth > 0; other = _far[other], depth--)
        {
            if (place - other >= PackedStream.NearWindow)
                ConsiderFar(ref found, place, other);
        }
    }

    private void ConsiderNear(ref Matches found, int place, int other)
    {
        int distance = place - other;
        bool isByte = distance is > 1 and < PackedStream.ByteWindow;
        int length = Common(place, other, isByte ? Math.Min(found.NearLength, found.ByteLength) : found.NearLength);
        if (isByte && Math.Min(Math.Min(length, distance), Token.LongestMatch) is var inByte && inByte > found.ByteLength)
            (found.ByteLength, found.ByteDistance) = ((byte)inByte, (byte)distance);
        if (length > found.NearLength)
            (found.NearLength, found.NearDistance) = ((ushort)length, (ushort)distance);
    }

    private void ConsiderFar(ref Matches found, int place, int other)
    {
        int length = Common(place, other, found.FarLength);
        if (length > found.FarLength)
            (found.FarLength, found.FarDistance) = ((ushort)length, place - other);
    }

    // How long two places are equal; 0 if it can be no longer than `best`.
    private int Common(int place, int other, int best)
    {
        int most = Math.Min(Longest, _bytes.Length - place);
        return best >= most || _bytes[other + best] != _bytes[place + best] ? 0 : _bytes.AsSpan(other, most).CommonPrefixLength(_bytes.AsSpan(place, most));
    }
}
