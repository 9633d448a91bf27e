using System.Globalization;

namespace Unikernel.Net;

/// <summary>Text form of addresses: dotted quad, and RFC 4291 section 2.2 in, RFC 5952 out.</summary>
internal static class IpAddressText
{
    public static string Format(IpAddress address)
    {
        if (address.IsV4)
        {
            uint v4 = address.V4;
            return string.Create(CultureInfo.InvariantCulture, $"{v4 >> 24}.{v4 >> 16 & 255}.{v4 >> 8 & 255}.{v4 & 255}");
        }

        Span<ushort> groups = stackalloc ushort[8];
        for (int i = 0; i < 8; i++)
            groups[i] = (ushort)((i < 4 ? address.High : address.Low) >> (48 - (i & 3) * 16));
        (int start, int length) = LongestZeroRun(groups);
        var text = new System.Text.StringBuilder(39);
        for (int i = 0; i < 8; i++)
        {
            if (i == start)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }

            if (i > 0 && i != start + length) text.Append(':');
            text.Append(groups[i].ToString("x", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    // RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals.
    private static (int Start, int Length) LongestZeroRun(ReadOnlySpan<ushort> groups)
    {
        int best = -2, bestLength = 1;
        for (int i = 0; i < 8;)
        {
            int end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > bestLength) (best, bestLength) = (i, end - i);
            i = Math.Max(end, i + 1);
        }

        return best < 0 ? (-2, 0) : (best, bestLength);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        if (text.Contains(':'))
            return TryParseV6(text, out address);
        bool ok = TryParseV4(text, out uint v4);
        address = new IpAddress(v4);
        return ok;
    }

    // Four decimal parts without leading zeros: the octal and short forms of inet_aton are a known source of confusion.
    private static bool TryParseV4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        int parts = 0, digits = 0;
        uint part = 0;
        foreach (char c in text)
        {
            if (c == '.')
            {
                if (digits == 0 || ++parts > 3) return false;
                value = value << 8 | part;
                (part, digits) = (0, 0);
            }
            else if (char.IsAsciiDigit(c) && digits < 3 && !(digits > 0 && part == 0))
            {
                part = part * 10 + (uint)(c - '0');
                if (part > 255) return false;
                digits++;
            }
            else
            {
                return false;
            }
        }

        value = value << 8 | part;
        return parts == 3 && digits > 0;
    }

    private static bool TryParseV6(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        UInt128 head = 0, tail = 0;
        int headGroups = 0, tailGroups = 0;
        bool compressed = false;
        int i = 0;
        if (text.StartsWith("::"))
        {
            compressed = true;
            i = 2;
        }

        while (i < text.Length)
        {
            ReadOnlySpan<char> rest = text[i..];
            int end = rest.IndexOf(':');
            ReadOnlySpan<char> group = end < 0 ? rest : rest[..end];
            int width = 1;
            uint value;
            if (end < 0 && group.Contains('.'))
            {
                if (!TryParseV4(group, out value)) return false;
                width = 2;
            }
            else if (group.Length is 0 or > 4 || !uint.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            {
                return false;
            }

            if (headGroups + tailGroups + width > (compressed ? 7 : 8)) return false;
            if (compressed)
            {
                tail = tail << (16 * width) | value;
                tailGroups += width;
            }
            else
            {
                head = head << (16 * width) | value;
                headGroups += width;
            }

            if (end < 0) break;
            i += end + 1;
            if (i == text.Length) return false; // a single colon at the end
            if (text[i] == ':')
            {
                if (compressed) return false;
                compressed = true;
                i++;
            }
        }

        if (!compressed && headGroups != 8) return false;
        UInt128 all = headGroups == 0 ? tail : head << (16 * (8 - headGroups)) | tail;
        address = new IpAddress((ulong)(all >> 64), (ulong)all);
        return true;
    }
}
