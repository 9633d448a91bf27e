using System.Globalization;

namespace Unikernel.Guest;

/// <summary>Numbers as text and back, in the invariant culture and in made-up ones.</summary>
internal static class FormatCases
{
    public static void Run()
    {
        double[] doubles = [0.1, 1.0 / 3, 1e21, 1e-5, 123456789.125, 5e-324, 1.7976931348623157e308, -0.0, 4.35, 2.5, 1e16, 9007199254740993];
        Suite.Each("double", doubles, d => d);
        Suite.Each("double G17", doubles, d => d.ToString("G17", CultureInfo.InvariantCulture));
        Suite.Each("double E3", doubles, d => d.ToString("E3", CultureInfo.InvariantCulture));
        Suite.Each("double F2", doubles.Where(d => Math.Abs(d) < 1e30), d => d.ToString("F2", CultureInfo.InvariantCulture));
        Suite.Each("double N1", doubles.Where(d => Math.Abs(d) < 1e30), d => d.ToString("N1", CultureInfo.InvariantCulture));
        Suite.Case("double F20", () => 0.1.ToString("F20", CultureInfo.InvariantCulture));
        Suite.Case("double E40", () => (1.0 / 3).ToString("E40", CultureInfo.InvariantCulture));
        Suite.Each("float", [0.1f, 16777216f, 1e-45f, float.MaxValue], f => f);
        Suite.Each("int formats", ["D8", "X", "x8", "N0", "C", "P0", "E2", "G3", "B", "000,000", "#.##;(#.##);zero", "0.0%"], f => (-1234567).ToString(f, CultureInfo.InvariantCulture));
        Suite.Each("decimal formats", ["C", "F3", "N2", "P", "G", "E5", "0.00", "#,#.0"], f => 1234567.891m.ToString(f, CultureInfo.InvariantCulture));
        Suite.Throws("bad format", () => 1.ToString("Q"));
        Suite.Each("double parse", ["1.5", "-1e10", ".5", "1e400", "-1e400", "NaN", "Infinity", "1,234.5", "1e-400", "0x1p3", "1.7976931348623159e308", "2.2250738585072011e-308"],
            s => double.TryParse(s, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out double d) ? d : "no");
        Suite.Case("round trip of 20,000 doubles", () => RoundTrips(20_000));
        Suite.Case("round trip of 20,000 floats", () => FloatRoundTrips(20_000));
        Suite.Case("own number format", () =>
        {
            NumberFormatInfo own = new() { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", NumberGroupSizes = [3, 2], NegativeSign = "~", CurrencySymbol = "Kč", CurrencyPositivePattern = 3 };
            return $"{(-1234567.5).ToString("N2", own)} {12.5.ToString("C", own)} {double.Parse("~1.234,5", NumberStyles.Any, own).ToString("R", CultureInfo.InvariantCulture)}";
        });
        Suite.Case("interpolation", () => FormattableString.Invariant($"{1.5,8:F2}|{-3,-6}|{255:X4}|{true}|{'c'}"));
        Suite.Case("composite", () => string.Format(CultureInfo.InvariantCulture, "{1:0.0} {0,5} {{}} {2:yyyy}", 1, 2.25, new DateTime(2024, 1, 1)));
        Suite.Case("utf8 format", () =>
        {
            byte[] buffer = new byte[32];
            1234.5.TryFormat(buffer, out int written, "N2", CultureInfo.InvariantCulture);
            return System.Text.Encoding.ASCII.GetString(buffer, 0, written);
        });
        Suite.Case("bool", () => $"{bool.Parse(" TRUE ")} {bool.TryParse("yes", out _)}");
        Suite.Case("enum formats", () => $"{FileAttributes.Hidden | FileAttributes.System:G} {DayOfWeek.Monday:D} {(DayOfWeek)99} {DayOfWeek.Friday:X}");
        Suite.Case("enum parse flags", () => (int)Enum.Parse<FileAttributes>("Hidden, System"));
        Suite.Case("enum names", () => string.Join(' ', Enum.GetNames<DayOfWeek>()));
        Suite.Case("convert", () => $"{Convert.ToInt32("12")} {Convert.ToInt32(2.5)} {Convert.ToInt32(3.5)} {Convert.ToBoolean("True")} {Convert.ToChar(65)}");
        Suite.Throws("convert overflow", () => Convert.ToByte(256));
        Suite.Case("culture name", () => CultureInfo.CurrentCulture.Name.Length);
        Suite.Case("invariant only", () =>
        {
            try
            {
                return CultureInfo.GetCultureInfo("cs-CZ").Name;
            }
            catch (CultureNotFoundException e)
            {
                return e.GetType().Name;
            }
        });
    }

    private static string RoundTrips(int count)
    {
        ulong state = 88172645463325252;
        int same = 0;
        for (int i = 0; i < count; i++)
        {
            double d;
            do
            {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                d = BitConverter.UInt64BitsToDouble(state);
            }
            while (!double.IsFinite(d));
            same += double.Parse(d.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) == d ? 1 : 0;
        }

        return same.ToString();
    }

    private static string FloatRoundTrips(int count)
    {
        uint state = 2463534242;
        int same = 0;
        for (int i = 0; i < count; i++)
        {
            float f;
            do
            {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                f = BitConverter.UInt32BitsToSingle(state);
            }
            while (!float.IsFinite(f));
            same += float.Parse(f.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) == f ? 1 : 0;
        }

        return same.ToString();
    }
}
