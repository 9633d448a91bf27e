using System.Globalization;
using System.Text;

namespace Unikernel.Size.Attribution;

/// <summary>C++ names as people write them, as far as nested names go (Itanium C++ ABI, 5.1.2): `_ZN3WKS7gc_heap10mark_phaseEi` is `WKS::gc_heap::mark_phase`.</summary>
public static class NativeNames
{
    public static string Readable(string symbol)
    {
        if (!symbol.StartsWith("_Z", StringComparison.Ordinal))
            return symbol;
        ReadOnlySpan<char> rest = symbol.AsSpan(2);
        bool nested = rest.StartsWith("N");
        if (nested)
            rest = rest[1..].TrimStart("KVrRO");
        if (rest.StartsWith("L")) // internal linkage
            rest = rest[1..];
        var name = new StringBuilder();
        string last = "";
        while (rest.Length > 0)
        {
            int digits = 0;
            while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
                digits++;
            if (digits == 0)
            {
                if (nested && last.Length > 0 && (rest.StartsWith("C1") || rest.StartsWith("C2") || rest.StartsWith("D1") || rest.StartsWith("D2")))
                    name.Append("::").Append(rest[0] == 'D' ? "~" : "").Append(last);
                break;
            }

            if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length > rest.Length - digits)
                return symbol;
            last = rest.Slice(digits, length).ToString();
            name.Append(name.Length > 0 ? "::" : "").Append(last);
            rest = rest[(digits + length)..];
            if (!nested)
                break;
        }

        return name.Length > 0 ? name.ToString() : symbol;
    }
}
