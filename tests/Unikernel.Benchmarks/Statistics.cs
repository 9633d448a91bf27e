using System.Globalization;

namespace Unikernel.Benchmarks;

/// <summary>Medians, and tables of them.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>`median [least-most] n=count`, and how many of them failed.</summary>
    public static string Show(IReadOnlyList<double?> values, string format)
    {
        double[] good = [.. values.OfType<double>()];
        string failed = good.Length == values.Count ? "" : $", {values.Count - good.Length} failed";
        return good.Length == 0
            ? $"none of {values.Count} worked"
            : string.Create(CultureInfo.InvariantCulture, $"{Text(Median(good))} [{Text(good.Min())}-{Text(good.Max())}] n={good.Length}{failed}");

        string Text(double x) => x.ToString(format, CultureInfo.InvariantCulture);
    }
}
