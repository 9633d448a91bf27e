using System.Text;

namespace Unikernel.Guest;

/// <summary>Encodings, with malformed input in each.</summary>
internal static class EncodingCases
{
    private const string Sample = "aé€😀\u0000z";

    public static void Run()
    {
        Encoding[] all = [Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, Encoding.ASCII, Encoding.Latin1];
        foreach (Encoding encoding in all)
        {
            Suite.Case($"{encoding.WebName} bytes", () => encoding.GetBytes(Sample));
            Suite.Case($"{encoding.WebName} back", () => encoding.GetString(encoding.GetBytes(Sample)));
            Suite.Case($"{encoding.WebName} preamble", () => Suite.Format(encoding.GetPreamble()));
            Suite.Case($"{encoding.WebName} counts", () => $"{encoding.GetMaxByteCount(10)} {encoding.GetMaxCharCount(10)} {encoding.IsSingleByte} {encoding.CodePage}");
        }

        string[] malformed = ["ff", "c0af", "e28281e2", "f09f98", "eda080", "c3", "f4908080", "80", "41c3e9"];
        Suite.Each("malformed UTF-8", malformed, hex => Encoding.UTF8.GetString(Convert.FromHexString(hex)));
        Suite.Each("malformed UTF-8 throws", malformed, hex => new UTF8Encoding(false, true).GetString(Convert.FromHexString(hex)).Length);
        Suite.Case("lone surrogate to UTF-8", () => Encoding.UTF8.GetBytes("a\ud800b"));
        Suite.Throws("lone surrogate throws", () => new UTF8Encoding(false, true).GetBytes("\udc00"));
        Suite.Case("odd UTF-16", () => Encoding.Unicode.GetString([0x41, 0x00, 0x42]));
        Suite.Case("replacement fallback", () => Encoding.GetEncoding("us-ascii", new EncoderReplacementFallback("[?]"), DecoderFallback.ReplacementFallback).GetBytes("xéy"));
        Suite.Throws("exception fallback", () => Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback).GetBytes("é"));
        Suite.Case("decoder over chunks", () =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes("€😀é");
            Decoder decoder = Encoding.UTF8.GetDecoder();
            StringBuilder text = new();
            char[] chars = new char[8];
            foreach (byte b in bytes)
            {
                text.Append(chars, 0, decoder.GetChars([b], 0, 1, chars, 0));
            }

            return text.ToString();
        });
        Suite.Case("encoder over chunks", () =>
        {
            Encoder encoder = Encoding.UTF8.GetEncoder();
            byte[] bytes = new byte[8];
            int first = encoder.GetBytes(['\ud83d'], 0, 1, bytes, 0, false);
            int second = encoder.GetBytes(['\ude00'], 0, 1, bytes, first, true);
            return $"{first} {second} {Convert.ToHexString(bytes, 0, first + second)}";
        });
        Suite.Each("by name", ["utf-8", "UTF-16", "iso-8859-1", "us-ascii", "utf-32BE"], name => Encoding.GetEncoding(name).CodePage);
        Suite.Throws("unknown name", () => Encoding.GetEncoding("windows-1250"));
        Suite.Case("code pages provider", () =>
        {
            Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
            return Suite.Format(Encoding.GetEncoding("windows-1250").GetBytes("žluťoučký"));
        });
        Suite.Case("shift-jis", () => Suite.Format(Encoding.GetEncoding("shift_jis").GetBytes("日本")));
        Suite.Case("ebcdic", () => Suite.Format(Encoding.GetEncoding("IBM037").GetBytes("Hello")));
        Suite.Case("large text digest", () =>
        {
            StringBuilder text = new();
            for (int i = 0; i < 20_000; i++)
            {
                text.Append((char)(0x20 + i % 0x500));
            }

            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            return $"{bytes.Length} {Suite.Fnv(bytes):x16} {Encoding.UTF8.GetString(bytes) == text.ToString()}";
        });
        Suite.Case("transcoding stream", () =>
        {
            using Stream stream = Encoding.CreateTranscodingStream(new MemoryStream(Encoding.Unicode.GetBytes("ž€")), Encoding.Unicode, Encoding.UTF8);
            MemoryStream result = new();
            stream.CopyTo(result);
            return result.ToArray();
        });
        Suite.Case("utf8 validity", () => $"{System.Text.Unicode.Utf8.IsValid("ok"u8)} {System.Text.Unicode.Utf8.IsValid([0xc3])}");
        Suite.Case("ascii helpers", () => $"{Ascii.IsValid("abc")} {Ascii.EqualsIgnoreCase("aBc", "AbC")}");
        Suite.Case("punycode", () => new System.Globalization.IdnMapping().GetAscii("bücher.example"));
    }
}
