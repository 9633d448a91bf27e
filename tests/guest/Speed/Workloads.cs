using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Unikernel.Guest;

/// <summary>The workloads after the Computer Language Benchmarks Game's problems, and two of everyday text processing.</summary>
internal static partial class Workloads
{
    public static IReadOnlyDictionary<string, Func<int, string>> All { get; } = new Dictionary<string, Func<int, string>>
    {
        ["nbody"] = NBody,
        ["spectral-norm"] = SpectralNorm,
        ["binary-trees"] = BinaryTrees,
        ["k-nucleotide"] = KNucleotide,
        ["regex"] = RegexReplace,
        ["json"] = Json,
    };

    private static string NBody(int steps)
    {
        const double SolarMass = 4 * Math.PI * Math.PI, Days = 365.24;
        double[] x = [0, 4.84143144246472090e+00, 8.34336671824457987e+00, 1.28943695621391310e+01, 1.53796971148509165e+01];
        double[] y = [0, -1.16032004402742839e+00, 4.12479856412430479e+00, -1.51111514016986312e+01, -2.59193146099879641e+01];
        double[] z = [0, -1.03622044471123109e-01, -4.03523417114321381e-01, -2.23307578892655734e-01, 1.79258772950371181e-01];
        double[] vx = [0, 1.66007664274403694e-03 * Days, -2.76742510726411899e-03 * Days, 2.96460137564761618e-03 * Days, 2.68067772490389322e-03 * Days];
        double[] vy = [0, 7.69901118419740425e-03 * Days, 4.99852801234917238e-03 * Days, 2.37847173959480950e-03 * Days, 1.62824170038242295e-03 * Days];
        double[] vz = [0, -6.90460016972063023e-05 * Days, 2.30417297573763929e-05 * Days, -2.96589568540237556e-05 * Days, -9.51592254519715870e-05 * Days];
        double[] m = [SolarMass, 9.54791938424326609e-04 * SolarMass, 2.85885980666130812e-04 * SolarMass, 4.36624404335156298e-05 * SolarMass, 5.15138902046611451e-05 * SolarMass];
        for (int i = 1; i < 5; i++)
        {
            vx[0] -= vx[i] * m[i] / SolarMass;
            vy[0] -= vy[i] * m[i] / SolarMass;
            vz[0] -= vz[i] * m[i] / SolarMass;
        }

        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < 5; i++)
            {
                for (int j = i + 1; j < 5; j++)
                {
                    double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
                    double d2 = dx * dx + dy * dy + dz * dz;
                    double mag = 0.01 / (d2 * Math.Sqrt(d2));
                    vx[i] -= dx * m[j] * mag;
                    vy[i] -= dy * m[j] * mag;
                    vz[i] -= dz * m[j] * mag;
                    vx[j] += dx * m[i] * mag;
                    vy[j] += dy * m[i] * mag;
                    vz[j] += dz * m[i] * mag;
                }
            }

            for (int i = 0; i < 5; i++)
            {
                x[i] += 0.01 * vx[i];
                y[i] += 0.01 * vy[i];
                z[i] += 0.01 * vz[i];
            }
        }

        double energy = 0;
        for (int i = 0; i < 5; i++)
        {
            energy += 0.5 * m[i] * (vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i]);
            for (int j = i + 1; j < 5; j++)
            {
                double dx = x[i] - x[j], dy = y[i] - y[j], dz = z[i] - z[j];
                energy -= m[i] * m[j] / Math.Sqrt(dx * dx + dy * dy + dz * dz);
            }
        }

        return energy.ToString("F9", CultureInfo.InvariantCulture);
    }

    private static string SpectralNorm(int n)
    {
        double[] u = new double[n], v = new double[n], t = new double[n];
        Array.Fill(u, 1);
        for (int i = 0; i < 10; i++)
        {
            MultiplyAtA(u, v, t);
            MultiplyAtA(v, u, t);
        }

        double vBv = 0, vv = 0;
        for (int i = 0; i < n; i++)
        {
            vBv += u[i] * v[i];
            vv += v[i] * v[i];
        }

        return Math.Sqrt(vBv / vv).ToString("F9", CultureInfo.InvariantCulture);

        static double A(int i, int j) => 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);

        static void MultiplyAtA(double[] from, double[] to, double[] t)
        {
            for (int i = 0; i < from.Length; i++)
            {
                double sum = 0;
                for (int j = 0; j < from.Length; j++)
                {
                    sum += A(i, j) * from[j];
                }

                t[i] = sum;
            }

            for (int i = 0; i < from.Length; i++)
            {
                double sum = 0;
                for (int j = 0; j < from.Length; j++)
                {
                    sum += A(j, i) * t[j];
                }

                to[i] = sum;
            }
        }
    }

    private sealed class Tree(Tree? left, Tree? right)
    {
        public static Tree Build(int depth) => depth == 0 ? new Tree(null, null) : new Tree(Build(depth - 1), Build(depth - 1));

        public int Count() => 1 + (left?.Count() ?? 0) + (right?.Count() ?? 0);
    }

    private static string BinaryTrees(int depth)
    {
        Tree longLived = Tree.Build(depth);
        StringBuilder text = new();
        for (int d = 4; d <= depth; d += 4)
        {
            int iterations = 1 << (depth - d + 4);
            int check = 0;
            for (int i = 0; i < iterations; i++)
            {
                check += Tree.Build(d).Count();
            }

            text.Append(CultureInfo.InvariantCulture, $"{iterations}x{d}={check} ");
        }

        return text.Append(longLived.Count()).ToString();
    }

    private static char[] Sequence(int length)
    {
        char[] sequence = new char[length];
        uint seed = 42;
        for (int i = 0; i < length; i++)
        {
            seed = (seed * 3877 + 29573) % 139968;
            sequence[i] = (seed * 1000 / 139968) switch
            {
                < 303 => 'A',
                < 501 => 'C',
                < 699 => 'G',
                _ => 'T',
            };
        }

        return sequence;
    }

    private static string KNucleotide(int length)
    {
        char[] sequence = Sequence(length);
        StringBuilder text = new();
        foreach (int k in (int[])[1, 2, 6, 12])
        {
            Dictionary<long, int> counts = [];
            long mask = (1L << (2 * k)) - 1, key = 0;
            for (int i = 0; i < sequence.Length; i++)
            {
                key = ((key << 2) | (uint)"ACGT".IndexOf(sequence[i])) & mask;
                if (i >= k - 1)
                {
                    System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, key, out _)++;
                }
            }

            KeyValuePair<long, int> most = counts.MaxBy(p => (p.Value, p.Key));
            text.Append(CultureInfo.InvariantCulture, $"{k}:{counts.Count}:{most.Key}:{most.Value} ");
        }

        return text.ToString().Trim();
    }

    [GeneratedRegex("agggtaaa|tttaccct|[cgt]gggtaaa|tttaccc[acg]", RegexOptions.IgnoreCase)]
    private static partial Regex Variants();

    private static string RegexReplace(int length)
    {
        string sequence = new string(Sequence(length)).ToLowerInvariant();
        int found = Variants().Count(sequence);
        int interpreted = new Regex("a[nsd]?t[^>]{2,5}gg").Count(sequence);
        string replaced = Regex.Replace(sequence, "tha[Nt]|gga?c", "<4>");
        return FormattableString.Invariant($"{found} {interpreted} {replaced.Length}");
    }

    private static string Json(int count)
    {
        Item[] items = [.. Enumerable.Range(0, count).Select(i => new Item(i, $"item {i} \"quoted\"", i * 0.25, [i, i + 1, i + 2], i % 3 == 0 ? null : new Item(-i, "inner", 1, [], null)))];
        string text = JsonSerializer.Serialize(items, ItemContext.Default.ItemArray);
        Item[] back = JsonSerializer.Deserialize(text, ItemContext.Default.ItemArray)!;
        using JsonDocument document = JsonDocument.Parse(text);
        double sum = document.RootElement.EnumerateArray().Sum(e => e.GetProperty("Weight").GetDouble());
        return FormattableString.Invariant($"{text.Length} {back.Sum(i => (long)i.Id)} {sum}");
    }

    internal sealed record Item(int Id, string Name, double Weight, int[] Tags, Item? Inner);

    [JsonSerializable(typeof(Item[]))]
    internal sealed partial class ItemContext : JsonSerializerContext;
}
