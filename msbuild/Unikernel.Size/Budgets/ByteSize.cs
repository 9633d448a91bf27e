using System;
using System.Globalization;

namespace Unikernel.Size.Budgets;

/// <summary>A number of bytes or a share, as people write them: "640 kB" (1000), "1.5 MiB" (1024 * 1024), "95 %".</summary>
public readonly struct ByteSize
{
    /// <summary>For messages.</summary>
    public const string Units = "B, kB, MB, GB (1000) or KiB, MiB, GiB (1024)";

    private ByteSize(decimal value, bool isShare)
    {
        Value = value;
        IsShare = isShare;
    }

    private decimal Value { get; }

    /// <summary>A percentage of something else.</summary>
    public bool IsShare { get; }

    /// <summary>More percent than anyone means, and few enough to be a share of any size.</summary>
    private const decimal LargestShare = 10_000;

    /// <summary>The bytes; <paramref name="whole"/> is what a share is of.</summary>
    public long Bytes(long whole) => IsShare ? (long)Math.Min(Value * whole / 100, long.MaxValue) : (long)Value;

    /// <summary>Parses a size; the reason is null when it is one.</summary>
    public static string? TryParse(string text, bool shareAllowed, out ByteSize size)
    {
        size = default;
        string trimmed = text.Trim();
        int end = 0;
        while (end < trimmed.Length && (char.IsDigit(trimmed[end]) || trimmed[end] == '.'))
            end++;
        string unit = trimmed.Substring(end).Trim();
        if (end == 0 || !decimal.TryParse(trimmed.Substring(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            return "'" + text + "' is not a size; a size is a number and a unit: " + Units;
        if (unit == "%")
        {
            if (!shareAllowed)
                return "'" + text + "' is a share; a size with a unit belongs here: " + Units;
            size = new ByteSize(number, true);
            return number > LargestShare ? "'" + text + "' is too large" : null;
        }

        decimal factor;
        switch (unit)
        {
            case "B": factor = 1; break;
            case "kB": factor = 1000; break;
            case "MB": factor = 1000 * 1000; break;
            case "GB": factor = 1000 * 1000 * 1000; break;
            case "KiB": factor = 1024; break;
            case "MiB": factor = 1024 * 1024; break;
            case "GiB": factor = 1024 * 1024 * 1024; break;
            case "": return "'" + text + "' has no unit; write one of " + Units;
            case "KB" or "kb" or "K" or "k":
                return "'" + unit + "' can mean two things; write kB (1000 bytes) or KiB (1024 bytes)";
            default: return "'" + unit + "' is not a unit; write one of " + Units;
        }

        if (number > long.MaxValue / factor)
            return "'" + text + "' is too large";
        size = new ByteSize(number * factor, false);
        return null;
    }
}
