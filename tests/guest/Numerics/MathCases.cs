using System.Globalization;

namespace Unikernel.Guest;

/// <summary>
/// All of Math and MathF. What IEEE 754 defines exactly is printed to the last bit. The transcendental functions come from
/// another C library than on Linux, and both promise the last digit only to one unit, so they are printed with 14 digits (6 for
/// floats); their special values are exact again.
/// </summary>
internal static class MathCases
{
    private static readonly double[] s_special = [0.0, -0.0, 1, -1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, double.MaxValue];
    private static readonly double[] s_values = [1e-300, 1e-10, 0.1, 0.5, 0.7, 1.5, 2, 2.718281828459045, 3, 10, 22, 100.25, 710, 1e5, 1e15, 1e22, 1e300];

    public static void Run()
    {
        One("sin", Math.Sin);
        One("cos", Math.Cos);
        One("tan", Math.Tan);
        One("asin", Math.Asin);
        One("acos", Math.Acos);
        One("atan", Math.Atan);
        One("sinh", Math.Sinh);
        One("cosh", Math.Cosh);
        One("tanh", Math.Tanh);
        One("asinh", Math.Asinh);
        One("acosh", Math.Acosh);
        One("atanh", Math.Atanh);
        One("exp", Math.Exp);
        One("log", Math.Log);
        One("log2", Math.Log2);
        One("log10", Math.Log10);
        One("cbrt", Math.Cbrt);
        One("log1p", double.LogP1);
        One("expm1", double.ExpM1);
        One("exp2", double.Exp2);
        One("exp10", double.Exp10);
        One("sinpi", double.SinPi);
        Exact("sqrt", Math.Sqrt);
        Exact("floor", Math.Floor);
        Exact("ceiling", Math.Ceiling);
        Exact("truncate", Math.Truncate);
        Exact("round", Math.Round);
        Exact("abs", Math.Abs);
        Exact("bit increment", Math.BitIncrement);
        Exact("bit decrement", Math.BitDecrement);
        Exact("reciprocal", x => 1 / x);
        Suite.Each("sign", [-2.5, -0.0, 0.0, 7.0], x => Math.Sign(x));
        Suite.Throws("sign of NaN", () => Math.Sign(double.NaN));
        Suite.Each("ilogb", s_special.Concat(s_values), x => Math.ILogB(x));
        Suite.Each("scale by", [-2000, -1074, -1, 0, 1, 1023, 2000], n => Math.ScaleB(1.5, n));
        Two("pow", Math.Pow, digits: true);
        Two("atan2", Math.Atan2, digits: true);
        Two("ieee remainder", Math.IEEERemainder, digits: false);
        Two("remainder", (x, y) => x % y, digits: false);
        Two("hypot", double.Hypot, digits: true);
        Two("min", Math.Min, digits: false);
        Two("max", Math.Max, digits: false);
        Two("min magnitude", Math.MinMagnitude, digits: false);
        Two("max magnitude", Math.MaxMagnitude, digits: false);
        Two("copy sign", Math.CopySign, digits: false);
        Suite.Case("fused multiply add", () => Math.FusedMultiplyAdd(1 + Math.ScaleB(1, -52), 1 + Math.ScaleB(1, -52), -1));
        Suite.Case("fused multiply add float", () => MathF.FusedMultiplyAdd(1.0000001f, 1.0000001f, -1));
        foreach (MidpointRounding mode in Enum.GetValues<MidpointRounding>())
        {
            Suite.Case($"round {mode}", () => new[] { -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, 2.6 }.Select(x => Math.Round(x, mode)));
        }

        Suite.Each("round digits", [0, 1, 2, 5, 15], n => Math.Round(1234.56789012345678, n));
        Suite.Case("sin cos", () => $"{Digits(Math.SinCos(1).Sin)} {Digits(Math.SinCos(1).Cos)}");
        Suite.Each("log base", [2.0, 3.0, 10.0, 1.0], b => Digits(Math.Log(1000, b)));
        Suite.Each("clamp", [-5.0, 0.5, 5.0], x => Math.Clamp(x, 0, 1));
        Suite.Throws("clamp reversed", () => Math.Clamp(1, 3, 2));
        Suite.Case("constants", () => new[] { Math.PI, Math.E, Math.Tau });
        foreach ((string name, Func<float, float> f) in new (string, Func<float, float>)[]
        {
            ("sin", MathF.Sin), ("cos", MathF.Cos), ("tan", MathF.Tan), ("exp", MathF.Exp), ("log", MathF.Log), ("log2", MathF.Log2),
            ("log10", MathF.Log10), ("atan", MathF.Atan), ("asin", MathF.Asin), ("acos", MathF.Acos), ("sinh", MathF.Sinh), ("cosh", MathF.Cosh),
            ("tanh", MathF.Tanh), ("cbrt", MathF.Cbrt), ("asinh", MathF.Asinh), ("acosh", MathF.Acosh), ("atanh", MathF.Atanh),
        })
        {
            Suite.Case($"float {name}", () => new[] { -1f, 0f, 0.1f, 0.5f, 1f, 2f, 10f, 100f }.Select(x => f(x).ToString("G6", CultureInfo.InvariantCulture)));
        }

        Suite.Case("float exact", () => new[] { MathF.Sqrt(2), MathF.Floor(-1.5f), MathF.Round(2.5f), MathF.Ceiling(0.1f), MathF.Truncate(-9.9f) });
        Suite.Case("double to long saturates", () => new[] { (long)Hide(1e30), (long)Hide(-1e30), (long)Hide(double.NaN), (long)Hide(1.9) }.Select(x => x));
        Suite.Case("double to ulong", () => new[] { (ulong)Hide(1e19), (ulong)Hide(-1.0), (ulong)Hide(3.99) }.Select(x => x));
        Suite.Case("double to int", () => new[] { (int)Hide(2147483647.5), (int)Hide(-2147483648.9), (int)Hide(double.PositiveInfinity) }.Select(x => x));
        Suite.Case("double to byte", () => (byte)Hide(255.9));
        Suite.Case("long to double and back", () => (long)(double)HideLong(9007199254740993));
        Suite.Case("ulong to double", () => (double)(ulong)HideLong(-1));
        Suite.Case("double to float rounding", () => (float)Hide(16777217.0));
        Suite.Case("denormals", () => Hide(double.Epsilon) / 2 + Hide(1e-320) * 3);
        Suite.Case("half", () => new[] { (Half)1.1, (Half)65504, (Half)65520, (Half)1e-8 }.Select(h => (float)h));
        Suite.Case("complex", () => Complexes());
    }

    private static double Hide(double x) => Volatile.Read(ref x);

    private static long HideLong(long x) => Volatile.Read(ref x);

    private static string Digits(double x) =>
        Math.Abs(x) < 1e-14 && x != 0 ? "about zero" : double.IsFinite(x) ? x.ToString("G14", CultureInfo.InvariantCulture) : x.ToString(CultureInfo.InvariantCulture);

    private static void One(string name, Func<double, double> f)
    {
        Suite.Case($"{name} special", () => s_special.Select(x => Digits(f(x))));
        Suite.Case($"{name} positive", () => s_values.Select(x => Digits(f(x))));
        Suite.Case($"{name} negative", () => s_values.Select(x => Digits(f(-x))));
    }

    private static void Exact(string name, Func<double, double> f)
    {
        double[] more = [0.49999999999999994, 0.5, 1.5, 2.5, -0.5, -1.5, 4503599627370495.5, 9007199254740993];
        Suite.Case(name, () => s_special.Concat(s_values).Concat(more).Select(x => f(x)));
    }

    private static void Two(string name, Func<double, double, double> f, bool digits)
    {
        double[] xs = [0.0, -0.0, 1, -1, 2.5, -2.5, 1e10, double.PositiveInfinity, double.NaN];
        foreach (double y in new[] { -2, -0.0, 0.5, 1, 3, double.PositiveInfinity, double.NaN })
        {
            Suite.Case($"{name} {Suite.Format(y)}", () => xs.Select(x => digits ? Digits(f(x, y)) : Suite.Format(f(x, y))));
        }
    }

    private static string Complexes()
    {
        System.Numerics.Complex a = new(3, 4), b = new(-1, 2);
        System.Numerics.Complex c = a * b / (a - b);
        return $"{Suite.Format(a.Magnitude)} {Digits(c.Real)} {Digits(c.Imaginary)} {Digits(System.Numerics.Complex.Sqrt(b).Real)}";
    }
}
