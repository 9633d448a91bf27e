using System.Buffers.Binary;
using System.Numerics;

namespace Unikernel.Guest;

/// <summary>Integers of the machine's width: bits, division, conversion, endianness.</summary>
internal static class IntegerCases
{
    private static readonly ulong[] s_bits = [0, 1, 2, 0x80, 0xff00, 0x12345678, 0x8000000000000000, ulong.MaxValue];

    public static void Run()
    {
        Suite.Each("leading zeros", s_bits, x => BitOperations.LeadingZeroCount(x));
        Suite.Each("trailing zeros", s_bits, x => BitOperations.TrailingZeroCount(x));
        Suite.Each("pop count", s_bits, x => BitOperations.PopCount(x));
        Suite.Each("log2", s_bits, x => BitOperations.Log2(x));
        Suite.Each("rotate", [0, 1, 31, 32, 63, 64], n => BitOperations.RotateLeft(0x123456789abcdef0UL, n).ToString("x16"));
        Suite.Each("round up to power of 2", [0u, 1u, 3u, 64u, 65u, 0x80000001u], x => BitOperations.RoundUpToPowerOf2(x));
        Suite.Each("crc32c", [0u, 1u, 0xffffffffu], x => BitOperations.Crc32C(x, 0x12345678u).ToString("x8"));
        Suite.Each("reverse endianness", s_bits, x => BinaryPrimitives.ReverseEndianness(x).ToString("x16"));
        Suite.Each("divide", [(7, 2), (-7, 2), (7, -2), (-7, -2), (0, 5)], p => $"{p.Item1 / p.Item2} {p.Item1 % p.Item2}");
        Suite.Each("shift int by", [0, 1, 31, 32, 33, -1], n => $"{1 << n} {-8 >> n} {-8 >>> n}");
        Suite.Each("shift long by", [0, 1, 63, 64, 65], n => $"{1L << n} {-8L >> n} {-8L >>> n}");
        Suite.Case("big multiply", () => $"{Math.BigMul(ulong.MaxValue, ulong.MaxValue, out ulong low):x} {low:x}");
        Suite.Case("big multiply signed", () => $"{Math.BigMul(long.MinValue, 3, out long low)} {low}");
        Suite.Case("div rem", () => Math.DivRem(-17, 5).ToString());
        Suite.Case("wrap around", () => unchecked(int.MaxValue + Hide(1)));
        Suite.Case("narrowing", () => $"{unchecked((byte)Hide(300))} {unchecked((sbyte)Hide(200))} {unchecked((short)Hide(70000))}");
        Suite.Case("native int", () => $"{nint.Size} {nint.MaxValue} {unchecked((nint)Hide(-5))}");
        Suite.Case("char arithmetic", () => (char)('a' + Hide(25)));
        Suite.Each("int parse", ["0", "-1", "+7", " 12 ", "2147483647", "-2147483648", "2147483648", "1,000", "0x10", "", "１２"], s => int.TryParse(s, out int n) ? n : "no");
        Suite.Each("hex parse", ["ff", "FFFFFFFF", "0", "g"], s => int.TryParse(s, System.Globalization.NumberStyles.HexNumber, null, out int n) ? n : "no");
        Suite.Each("binary parse", ["101", "11111111111111111111111111111111"], s => int.Parse(s, System.Globalization.NumberStyles.BinaryNumber));
        Suite.Case("convert bases", () => $"{Convert.ToString(255, 2)} {Convert.ToString(255, 8)} {Convert.ToInt32("777", 8)}");
        Suite.Case("saturating", () => $"{byte.CreateSaturating(300)} {sbyte.CreateSaturating(-500)} {uint.CreateSaturating(-1)}");
        Suite.Case("truncating", () => $"{byte.CreateTruncating(300)} {int.CreateTruncating(1L << 33)}");
        Suite.Throws("checked create", () => byte.CreateChecked(300));
        Suite.Case("gcd by generic math", () => Gcd(1071, 462) + " " + Gcd<BigInteger>(BigInteger.Pow(2, 100), BigInteger.Pow(6, 50)));
        Suite.Case("primes to 100,000", () => Primes(100_000));
        Suite.Case("collatz", () => Collatz(100_000));
        Suite.Case("bit converter", () => BitConverter.GetBytes(1234.5678));
        Suite.Case("read and write", () =>
        {
            byte[] b = new byte[12];
            BinaryPrimitives.WriteUInt16BigEndian(b, 0x1234);
            BinaryPrimitives.WriteInt64LittleEndian(b.AsSpan(2), -2);
            return b;
        });
    }

    private static int Hide(int x) => Volatile.Read(ref x);

    private static T Gcd<T>(T a, T b) where T : INumber<T>
    {
        while (b != T.Zero)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private static string Primes(int limit)
    {
        bool[] composite = new bool[limit];
        int count = 0, last = 0;
        for (int i = 2; i < limit; i++)
        {
            if (composite[i])
            {
                continue;
            }

            count++;
            last = i;
            for (long j = (long)i * i; j < limit; j += i)
            {
                composite[j] = true;
            }
        }

        return $"{count} {last}";
    }

    private static string Collatz(int limit)
    {
        int best = 0, bestStart = 0;
        for (int start = 1; start < limit; start++)
        {
            long n = start;
            int steps = 0;
            while (n != 1)
            {
                n = (n & 1) == 0 ? n >> 1 : 3 * n + 1;
                steps++;
            }

            if (steps > best)
            {
                (best, bestStart) = (steps, start);
            }
        }

        return $"{bestStart} {best}";
    }
}
