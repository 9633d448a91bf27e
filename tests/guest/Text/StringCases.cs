using System.Globalization;
using System.Text;

namespace Unikernel.Guest;

/// <summary>Strings in the invariant globalization mode, in which Linux and the unikernel agree to the letter.</summary>
internal static class StringCases
{
    public static void Run()
    {
        Suite.Each("upper", ["abc", "straße", "ýáí", "İi", "ǆ", "λόγος"], s => s.ToUpperInvariant());
        Suite.Each("lower", ["ABC", "ÝÁÍ", "İI", "ΛΌΓΟΣ"], s => s.ToLowerInvariant());
        Suite.Each("compare ordinal", [("a", "b"), ("a", "B"), ("é", "e"), ("", "a")], p => Math.Sign(string.CompareOrdinal(p.Item1, p.Item2)));
        Suite.Each("compare invariant", [("a", "B"), ("a", "A"), ("co-op", "coop"), ("é", "f")], p => Math.Sign(string.Compare(p.Item1, p.Item2, StringComparison.InvariantCulture)));
        Suite.Each("equal ignoring case", [("Straße", "STRASSE"), ("ÁB", "áb"), ("I", "ı"), ("K", "\u212a")], p => string.Equals(p.Item1, p.Item2, StringComparison.OrdinalIgnoreCase));
        Suite.Each("index of", ["b", "", "z", "bc"], s => "abcabc".IndexOf(s, StringComparison.Ordinal));
        Suite.Each("split", [",", ", ", "x"], s => "a, b,,c".Split(s));
        Suite.Case("split options", () => " a , b,, c".Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Suite.Case("join", () => string.Join("; ", [1, 2, 3]));
        Suite.Case("replace", () => "aaa".Replace("aa", "b") + "Hello".Replace("L", "-", StringComparison.OrdinalIgnoreCase));
        Suite.Case("trim", () => "\u00a0 \t x \u2003".Trim() + "xxaxx".Trim('x'));
        Suite.Case("pad", () => "7".PadLeft(3, '0') + "|" + "7".PadRight(3) + "|");
        Suite.Case("insert remove", () => "abcdef".Insert(3, "-").Remove(1, 2));
        Suite.Case("slices", () => "abcdef"[1..^1] + "abcdef"[^2]);
        Suite.Case("starts ends", () => $"{"Žluť".StartsWith("žl", StringComparison.OrdinalIgnoreCase)} {"abc".EndsWith('c')}");
        Suite.Case("title case", () => CultureInfo.InvariantCulture.TextInfo.ToTitleCase("the quick brown"));
        Suite.Case("runes", () => string.Join(' ', "a😀é".EnumerateRunes().Select(r => $"{r.Value:x}")));
        Suite.Case("text elements", () => new StringInfo("e\u0301👨‍👩‍👧x").LengthInTextElements);
        Suite.Each("category", ['a', 'A', '1', ' ', '.', 'ſ', '\u200d', '中'], c => char.GetUnicodeCategory(c));
        Suite.Each("char tests", ['a', '1', ' ', '_', '٣', 'Ⅷ'], c => $"{char.IsLetter(c)} {char.IsDigit(c)} {char.IsNumber(c)} {char.IsWhiteSpace(c)} {char.IsPunctuation(c)}");
        Suite.Case("surrogates", () => $"{char.ConvertFromUtf32(0x1f600)} {char.ConvertToUtf32("😀", 0):x} {char.IsSurrogatePair("😀", 0)}");
        Suite.Each("normalization of ASCII", [NormalizationForm.FormC, NormalizationForm.FormD], f => "plain".Normalize(f));
        Suite.Case("compare info", () => CultureInfo.InvariantCulture.CompareInfo.IndexOf("aÁb", "á", CompareOptions.OrdinalIgnoreCase));
        Suite.Case("sort ordinal", () => string.Join(' ', new[] { "b", "A", "a", "B", "é", "_" }.Order(StringComparer.Ordinal)));
        Suite.Case("sort ordinal ignoring case", () => string.Join(' ', new[] { "b", "A", "a", "B", "é", "É" }.Order(StringComparer.OrdinalIgnoreCase)));
        Suite.Case("numeric ordering", () => string.Join(' ', new[] { "a10", "a9", "a1" }.Order(StringComparer.Ordinal)));
        Suite.Case("composite builder", () => new StringBuilder().AppendFormat(CultureInfo.InvariantCulture, "{0:000}-{1,6:F1}", 7, 2.25).AppendLine().AppendJoin(',', [1, 2]).ToString());
        Suite.Case("builder digest", () =>
        {
            StringBuilder text = new();
            for (int i = 0; i < 3000; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{i:x}:{i * 0.5};");
            }

            return Suite.Digest(text.ToString());
        });
        Suite.Case("interpolated handler", () => $"{1,3}|{"x",-3}|{DateTime.UnixEpoch:yyyy}|{new[] { 1 }.Length}");
        Suite.Case("raw literal", () => """a "quoted" \n""");
        Suite.Case("utf8 literal", () => Suite.Format("žluť"u8.ToArray()));
        Suite.Case("base64", () => Convert.ToBase64String([.. Enumerable.Range(0, 50).Select(i => (byte)(i * 5))]));
        Suite.Case("from base64", () => Convert.FromBase64String("SGVsbG8h"));
        Suite.Throws("bad base64", () => Convert.FromBase64String("abc$"));
        Suite.Case("base64url", () => System.Buffers.Text.Base64Url.EncodeToString([255, 254, 253]));
        Suite.Case("hex", () => Convert.ToHexString(Convert.FromHexString("00ffA1")));
        Suite.Throws("bad hex", () => Convert.FromHexString("0g"));
        Suite.Case("uri", () =>
        {
            Uri uri = new("http://user@example.org:8080/a%20b/../c?q=1&r=%C5%BE#frag");
            return $"{uri.Host} {uri.Port} {uri.AbsolutePath} {uri.Query} {uri.Fragment} {uri.UserInfo}";
        });
        Suite.Case("uri relative", () => new Uri(new Uri("http://h/a/b/c"), "../d?e").ToString());
        Suite.Throws("uri bad", () => _ = new Uri("http://[::1"));
        Suite.Case("uri escape", () => Uri.EscapeDataString("a b/ž") + Uri.UnescapeDataString("%C5%BE"));
        Suite.Case("html encode", () => System.Net.WebUtility.HtmlEncode("<a href='x'>&ž</a>") + System.Net.WebUtility.HtmlDecode("&lt;&eacute;&#381;"));
        Suite.Case("version", () => $"{new Version(1, 2, 3)} {Version.Parse("1.10") > Version.Parse("1.9")}");
        Suite.Case("path", () => $"{Path.Combine("/a", "b", "../c.txt")} {Path.GetExtension("x.tar.gz")} {Path.GetFileNameWithoutExtension("/a/b.c")} {Path.GetFullPath("/a/./b/../c")}");
        Suite.Case("path relative", () => Path.GetRelativePath("/a/b/c", "/a/d"));
        Suite.Case("directory separator", () => Path.DirectorySeparatorChar + Environment.NewLine);
        Suite.Case("string reader", () =>
        {
            StringReader reader = new("one\r\ntwo\nthree");
            List<string> lines = [];
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }

            return lines;
        });
        Suite.Case("memory stream text", () =>
        {
            using MemoryStream stream = new();
            using (StreamWriter writer = new(stream, new UTF8Encoding(true), leaveOpen: true))
            {
                writer.Write("ž\n");
            }

            return stream.ToArray();
        });
        Suite.Case("stream reader detects", () => new StreamReader(new MemoryStream([0xff, 0xfe, 0x7e, 0x01])).ReadToEnd());
        Suite.Case("binary writer", () =>
        {
            MemoryStream stream = new();
            BinaryWriter writer = new(stream);
            writer.Write("text");
            writer.Write7BitEncodedInt(300);
            writer.Write(1.5m);
            return stream.ToArray();
        });
    }
}
