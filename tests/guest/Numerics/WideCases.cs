using System.Globalization;
using System.Numerics;

namespace Unikernel.Guest;

/// <summary>Numbers wider than a register: Int128, decimal, BigInteger.</summary>
internal static class WideCases
{
    private static readonly double[] s_nan = [double.NaN];

    public static void Run()
    {
        Int128 big = Int128.Parse("170141183460469231731687303715884105727", CultureInfo.InvariantCulture);
        UInt128 huge = UInt128.MaxValue;
        Suite.Case("Int128 max", () => big);
        Suite.Case("Int128 min", () => Int128.MinValue);
        Suite.Case("Int128 wraps", () => unchecked(big + 1));
        Suite.Throws("Int128 checked", () => _ = checked(big + 1));
        Suite.Case("Int128 multiply", () => (Int128)long.MaxValue * long.MaxValue);
        Suite.Case("Int128 divide", () => big / 1_000_000_007);
        Suite.Case("Int128 remainder", () => big % 1_000_000_007);
        Suite.Case("Int128 shift", () => (Int128)1 << 100 >> 37);
        Suite.Case("UInt128", () => $"{huge} {huge / 3} {huge >>> 64} {(double)huge:R}");
        Suite.Case("UInt128 hex", () => huge.ToString("x"));
        Suite.Case("Int128 from double", () => (Int128)1e30);
        Suite.Each("decimal add", [("0.1", "0.2"), ("79228162514264337593543950335", "-1"), ("1.0", "2.00"), ("-0.5", "0.5")],
            p => D(p.Item1) + D(p.Item2));
        Suite.Each("decimal multiply", [("1.10", "1.10"), ("12345678901234567890", "1234567890"), ("0.0000000000000001", "0.0000000000000001")],
            p => D(p.Item1) * D(p.Item2));
        Suite.Each("decimal divide", [("1", "3"), ("10", "4"), ("2", "-3"), ("1", "79228162514264337593543950335"), ("100.00", "10")],
            p => D(p.Item1) / D(p.Item2));
        Suite.Each("decimal remainder", [("10", "3"), ("-10", "3"), ("5.5", "0.3")], p => D(p.Item1) % D(p.Item2));
        Suite.Each("decimal round", [0, 1, 2, 10], n => decimal.Round(1234.565m, n));
        Suite.Case("decimal truncate floor ceiling", () => $"{decimal.Truncate(-1.9m)} {decimal.Floor(-1.1m)} {decimal.Ceiling(-1.9m)}");
        Suite.Throws("decimal overflow", () => _ = decimal.MaxValue * Hide(2m));
        Suite.Throws("decimal from NaN", () => _ = (decimal)s_nan[0]);
        Suite.Case("decimal bits", () => decimal.GetBits(-1.230m));
        Suite.Case("decimal conversions", () => $"{(decimal)0.1} {(decimal)1.1f} {(double)0.1m:R} {(long)-3.99m}");
        Suite.Case("decimal scale kept", () => 1.10m + 2.200m);
        Suite.Case("decimal compare", () => $"{1.0m == 1.00m} {1.0m.GetHashCode() == 1.00m.GetHashCode()}");
        Suite.Case("decimal sum of 10,000", () => Enumerable.Range(0, 10_000).Sum(i => i * 0.01m));
        Suite.Case("decimal parse", () => $"{D("1,234.50")} {D("-1e3")} {D("  .5 ")}");
        Suite.Case("big power", () => BigInteger.Pow(3, 200));
        Suite.Case("big factorial", () => Suite.Digest(Factorial(500).ToString()));
        Suite.Case("big multiply digest", () => Suite.Digest((BigInteger.Pow(7, 3000) * BigInteger.Pow(11, 2500)).ToString()));
        Suite.Case("big divide", () => BigInteger.DivRem(BigInteger.Pow(10, 60), BigInteger.Pow(7, 30), out BigInteger rest) + " " + rest);
        Suite.Case("big negative divide", () => $"{new BigInteger(-7) / 2} {new BigInteger(-7) % 2}");
        Suite.Case("big gcd", () => BigInteger.GreatestCommonDivisor(Factorial(30), BigInteger.Pow(6, 40)));
        Suite.Case("big modpow", () => BigInteger.ModPow(5, BigInteger.Pow(2, 200), BigInteger.Pow(10, 30) + 57));
        Suite.Case("big shifts", () => $"{(BigInteger.One << 130) >> 65} {new BigInteger(-5) >> 1}");
        Suite.Case("big bits", () => $"{(BigInteger.Pow(2, 100) - 1) & 0xff} {new BigInteger(-1) ^ 5} {BigInteger.Pow(2, 99).GetBitLength()}");
        Suite.Case("big hex", () => $"{BigInteger.Pow(2, 70):x} {BigInteger.Parse("0ff", NumberStyles.HexNumber)} {BigInteger.Parse("ff", NumberStyles.HexNumber)}");
        Suite.Case("big bytes", () => BigInteger.Pow(-3, 21).ToByteArray());
        Suite.Case("big to double", () => (double)BigInteger.Pow(10, 300));
        Suite.Case("big from double", () => new BigInteger(1e40));
        Suite.Throws("big to long", () => _ = (long)BigInteger.Pow(2, 64));
        Suite.Throws("big divide by zero", () => _ = BigInteger.One / BigInteger.Zero);
        Suite.Case("big log", () => BigInteger.Log10(BigInteger.Pow(10, 50)).ToString("G12", CultureInfo.InvariantCulture));
        Suite.Case("pi to 300 digits", () => Pi(300));
        Suite.Case("fibonacci 1000", () => Fibonacci(1000));
        Suite.Case("parse 1000 digits", () => Suite.Digest(BigInteger.Parse(new string('7', 1000)).ToString("N0", CultureInfo.InvariantCulture)));
    }

    private static decimal D(string s) => decimal.Parse(s, NumberStyles.Any, CultureInfo.InvariantCulture);

    private static decimal Hide(decimal d) => d;

    private static BigInteger Factorial(int n)
    {
        BigInteger product = 1;
        for (int i = 2; i <= n; i++)
        {
            product *= i;
        }

        return product;
    }

    private static BigInteger Fibonacci(int n)
    {
        (BigInteger a, BigInteger b) = (0, 1);
        for (int i = 0; i < n; i++)
        {
            (a, b) = (b, a + b);
        }

        return a;
    }

    /// <summary>Machin's formula in integers: pi/4 = 4 arctan(1/5) - arctan(1/239).</summary>
    private static string Pi(int digits)
    {
        BigInteger unit = BigInteger.Pow(10, digits + 10);
        BigInteger pi = 4 * (4 * ArcTangent(5) - ArcTangent(239));
        return (pi / BigInteger.Pow(10, 10)).ToString();

        BigInteger ArcTangent(int x)
        {
            BigInteger power = unit / x, sum = power;
            for (int n = 3; power != 0; n += 2)
            {
                power /= -x * x;
                sum += power / n;
            }

            return sum;
        }
    }
}
