using System.Runtime.CompilerServices;

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

/// <summary>Finds repetitions by chains of places with the same hash: of three bytes for near ones, of six for long ones that may be far. The two do not need each other, and run at once.</summary>
internal sealed class MatchFinder
{
    /// <summary>A match is not looked at further than this: what is longer (zeros) is said in pieces.</summary>
    public const int Longest = 1024;

    private const int NearBytes = 3, NearDepth = 48, NearBits = 16, FarBytes = 6, FarDepth = 20, FarBits = 22;

    // What begins one byte later in a match as long as this is not looked for: it is the rest of that match.
    private const int Enough = 48;

    private readonly byte[] _bytes;
    private readonly Matches[] _matches;

    private MatchFinder(byte[] bytes)
    {
        _bytes = bytes;
        _matches = new Matches[bytes.Length];
    }

    /// <summary>The matches at each place.</summary>
    public static Matches[] Find(byte[] bytes)
    {
        var finder = new MatchFinder(bytes);
        Parallel.Invoke(finder.FindNear, finder.FindFar);
        return finder._matches;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindNear()
    {
        var chains = new Chains(_bytes, NearBytes, NearBits);
        for (int place = 0; place + NearBytes <= _bytes.Length; place++)
        {
            ref Matches found = ref _matches[place];
            int other = chains.Add(place);
            if (place > 0 && _matches[place - 1] is { NearLength: >= Enough } before)
            {
                ConsiderNear(ref found, place, place - before.NearDistance);
                if (before.ByteLength > 0)
                    ConsiderNear(ref found, place, place - before.ByteDistance);
                continue;
            }

            for (int depth = NearDepth; other >= 0 && place - other < PackedStream.NearWindow && depth > 0 && found.NearLength < Longest; other = chains.Before(other), depth--)
                ConsiderNear(ref found, place, other);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindFar()
    {
        var chains = new Chains(_bytes, FarBytes, FarBits);
        for (int place = 0; place + FarBytes <= _bytes.Length; place++)
        {
            ref Matches found = ref _matches[place];
            int other = chains.Add(place);
            if (place > 0 && _matches[place - 1] is { FarLength: >= Enough } before)
            {
                ConsiderFar(ref found, place, place - before.FarDistance);
                continue;
            }

            for (int depth = FarDepth; other >= 0 && place - other < PackedStream.FarWindow && depth > 0; other = chains.Before(other), depth--)
            {
                if (place - other >= PackedStream.NearWindow)
                    ConsiderFar(ref found, place, other);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ConsiderFar(ref Matches found, int place, int other)
    {
        int length = Common(place, other, found.FarLength);
        if (length > found.FarLength)
            (found.FarLength, found.FarDistance) = ((ushort)length, place - other);
    }

    // How long two places are equal; 0 if it can be no longer than `best`.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Common(int place, int other, int best)
    {
        int most = Math.Min(Longest, _bytes.Length - place);
        return best >= most || _bytes[other + best] != _bytes[place + best] ? 0 : _bytes.AsSpan(other, most).CommonPrefixLength(_bytes.AsSpan(place, most));
    }

    /// <summary>Places with the same hash, the last one first.</summary>
    private sealed class Chains(byte[] bytes, int count, int bits)
    {
        private readonly int[] _heads = Empty(1 << bits), _before = new int[bytes.Length];

        /// <summary>Adds a place; the one before it, or -1.</summary>
        public int Add(int place)
        {
            ulong value = 0;
            for (int i = 0; i < count; i++)
                value = (value << 8) | bytes[place + i];
            ref int head = ref _heads[(int)((value * 0x9E3779B97F4A7C15) >> (64 - bits))];
            int before = head;
            _before[place] = before;
            head = place;
            return before;
        }

        public int Before(int place) => _before[place];

        private static int[] Empty(int length)
        {
            int[] heads = new int[length];
            Array.Fill(heads, -1);
            return heads;
        }
    }
}
