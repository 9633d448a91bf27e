using System.Security.Cryptography;

namespace Unikernel.Guest;

/// <summary>Random numbers: seeded ones to the last bit, unseeded ones by their properties.</summary>
internal static class RandomCases
{
    public static void Run()
    {
        Suite.Case("seeded", () =>
        {
            Random random = new(12345);
            return Enumerable.Range(0, 8).Select(_ => random.Next(1000));
        });
        Suite.Case("seeded double", () => new Random(1).NextDouble());
        Suite.Case("seeded bytes", () =>
        {
            byte[] b = new byte[16];
            new Random(2).NextBytes(b);
            return b;
        });
        Suite.Case("seeded long range", () => new Random(3).NextInt64(-5_000_000_000, 5_000_000_000));
        Suite.Case("seeded shuffle", () =>
        {
            int[] a = [1, 2, 3, 4, 5, 6, 7, 8];
            new Random(4).Shuffle(a);
            return a;
        });
        Suite.Case("seeded items", () => new Random(5).GetItems((char[])['a', 'b', 'c'], 10));
        Suite.Throws("bad range", () => new Random(1).Next(5, 4));
        Suite.Case("unseeded instances differ", () => Enumerable.Range(0, 20).Select(_ => new Random().NextInt64()).Distinct().Count());
        Suite.Case("shared is spread", () => Spread(() => Random.Shared.Next(256)));
        Suite.Case("shared in 4 threads", () =>
        {
            HashSet<long> seen = [];
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 500; i++)
                {
                    long n = Random.Shared.NextInt64();
                    lock (seen)
                    {
                        seen.Add(n);
                    }
                }
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return seen.Count;
        });
        Suite.Case("guids differ", () => Enumerable.Range(0, 1000).Select(_ => Guid.NewGuid()).Distinct().Count());
        Suite.Case("guid version and variant", () => $"{Guid.NewGuid().Version} {Guid.NewGuid().Variant >> 2}");
        Suite.Case("guid version 7 grows", () =>
        {
            DateTimeOffset t = DateTimeOffset.UnixEpoch;
            return string.CompareOrdinal(Guid.CreateVersion7(t).ToString(), Guid.CreateVersion7(t.AddSeconds(1)).ToString()) < 0;
        });
        Suite.Each("guid format", ["N", "D", "B", "P", "X"], f => new Guid("0f8fad5b-d9cb-469f-a165-70867728950e").ToString(f));
        Suite.Throws("guid parse", () => Guid.Parse("not-a-guid"));
        Suite.Case("guid bytes", () => new Guid("0f8fad5b-d9cb-469f-a165-70867728950e").ToByteArray(bigEndian: true));
        Suite.Case("cryptographic bytes are spread", () => Spread(() => RandomNumberGenerator.GetBytes(1)[0]));
        Suite.Case("cryptographic bytes differ", () => Enumerable.Range(0, 200).Select(_ => Convert.ToHexString(RandomNumberGenerator.GetBytes(16))).Distinct().Count());
        Suite.Case("cryptographic large buffer", () =>
        {
            byte[] b = RandomNumberGenerator.GetBytes(100_000);
            int[] counts = new int[256];
            foreach (byte x in b)
            {
                counts[x]++;
            }

            return $"{counts.Min() > 200} {counts.Max() < 600}";
        });
        Suite.Case("cryptographic int in range", () => Enumerable.Range(0, 1000).Select(_ => RandomNumberGenerator.GetInt32(10, 20)).All(n => n is >= 10 and < 20));
        Suite.Case("cryptographic string", () => RandomNumberGenerator.GetString("ab", 50).Trim('a', 'b').Length);
        Suite.Case("hash codes of strings are stable within a run", () => "abc".GetHashCode() == new string(['a', 'b', 'c']).GetHashCode());
        Suite.Case("combined hash codes", () => HashCode.Combine(1, 2, 3) == HashCode.Combine(1, 2, 3));
    }

    /// <summary>Of 256 equally likely values, 4,096 draws miss one with a probability of about 3 in 100,000.</summary>
    private static bool Spread(Func<int> draw)
    {
        HashSet<int> seen = [];
        for (int i = 0; i < 4096; i++)
        {
            seen.Add(draw());
        }

        return seen.Count >= 250;
    }
}
