using System.Globalization;

namespace Unikernel.Size.Output;

/// <summary>Numbers of bytes for people: with thousands separated, and never rounded, because budgets are exact.</summary>
public static class ByteText
{
    public static string Exact(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture) + " B";

    /// <summary>With a sign, for differences.</summary>
    public static string Signed(long bytes) => (bytes > 0 ? "+" : "") + Exact(bytes);

    public static string Share(long part, long whole) => whole == 0 ? "" : (100.0 * part / whole).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
