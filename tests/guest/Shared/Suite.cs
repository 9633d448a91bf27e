using System.Collections;
using System.Globalization;
using System.Text;

namespace Unikernel.Guest;

/// <summary>
/// Runs named cases and prints one line for each: <c>section/name: value</c>. The comparison harness publishes the program
/// for linux-x64 and for unikernel-x64 and compares these lines byte for byte, so a case prints its result rather than a
/// verdict, and nothing that may differ between two correct runs (addresses, times, thread ids).
/// </summary>
internal static class Suite
{
    private static string s_section = "";
    private static int s_cases;

    /// <summary>
    /// Runs the sections whose names are given as arguments, or all of them, and ends with the number of cases, so that a
    /// program that stopped early cannot pass for a complete one.
    /// </summary>
    public static int Run(string[] args, params (string Name, Action Body)[] sections)
    {
        foreach (string unknown in args.Except(sections.Select(s => s.Name)))
        {
            Console.WriteLine($"no section {unknown}; there are: {string.Join(' ', sections.Select(s => s.Name))}");
            return 2;
        }

        foreach ((string name, Action body) in sections)
        {
            if (args.Length > 0 && !args.Contains(name))
            {
                continue;
            }

            s_section = name;
            try
            {
                body();
            }
            catch (Exception e)
            {
                Print("(section)", "escaped " + Describe(e));
                return 1;
            }
        }

        Console.WriteLine($"{s_cases} cases");
        return 0;
    }

    /// <summary>One case: prints what <paramref name="body"/> returns, or the exception that it throws.</summary>
    public static void Case<T>(string name, Func<T> body)
    {
        string result;
        try
        {
            result = Format(body());
        }
        catch (Exception e)
        {
            result = "throws " + Describe(e);
        }

        Print(name, result);
    }

    /// <summary>A case that is only expected to throw: prints the exception, or that there was none.</summary>
    public static void Throws(string name, Action body) => Case(name, () =>
    {
        body();
        return "no exception";
    });

    /// <summary>The same computation over several inputs, one case each.</summary>
    public static void Each<T>(string name, IEnumerable<T> inputs, Func<T, object?> body)
    {
        foreach (T input in inputs)
        {
            Case($"{name}({Format(input)})", () => body(input));
        }
    }

    /// <summary>Prints an exception's type and message.</summary>
    public static string Describe(Exception e) => $"{e.GetType().Name}: {e.Message.ReplaceLineEndings("\\n")}";

    /// <summary>Formats a value without culture: strings escaped, doubles round-trip, bytes in hex, sequences in brackets.</summary>
    public static string Format(object? value) => value switch
    {
        null => "null",
        string s => Escape(s),
        char c => Escape(c.ToString()),
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        float f => f.ToString("R", CultureInfo.InvariantCulture),
        byte[] bytes => bytes.Length > 64 ? $"{bytes.Length} bytes, FNV {Fnv(bytes):x16}" : Convert.ToHexStringLower(bytes),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable items => "[" + string.Join(", ", items.Cast<object?>().Select(Format)) + "]",
        _ => value.ToString() ?? "null",
    };

    /// <summary>FNV-1a, 64 bits: a digest for long results that needs no library.</summary>
    public static ulong Fnv(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }

    /// <summary>Digest of a text's UTF-16 code units.</summary>
    public static string Digest(string text) =>
        $"{text.Length} chars, FNV {Fnv(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan())):x16}";

    private static void Print(string name, string result)
    {
        s_cases++;
        Console.WriteLine($"{s_section}/{name}: {result}");
    }

    private static string Escape(string s)
    {
        StringBuilder text = new(s.Length + 2);
        foreach (char c in s)
        {
            text.Append(c is < ' ' or '\x7f' || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString());
        }

        return text.ToString();
    }
}
