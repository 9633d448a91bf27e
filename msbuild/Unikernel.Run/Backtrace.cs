using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Unikernel.Run;

/// <summary>The addresses that a panicking guest reports, as names and lines of the symbol file.</summary>
public static class Backtrace
{
    private static readonly string[] s_symbolizers = ["llvm-symbolizer-14", "llvm-symbolizer"];

    /// <summary>The addresses among the lines that the guest wrote to its debug console: <c>@</c> and hexadecimal digits.</summary>
    /// <remarks>All but the first are where a call returns to, which may be the next line of the source, or the next function.</remarks>
    public static List<string> Addresses(string report) =>
        [.. report.Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith('@'))
            .Select(line => ulong.Parse(line.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            .Select((address, index) => $"0x{(index == 0 ? address : address - 1):x}")];

    /// <summary>Prints one line a frame. Without the symbol file or llvm-symbolizer it prints nothing: the guest has printed the addresses.</summary>
    public static void Print(IReadOnlyList<string> addresses, string symbols, TextWriter output)
    {
        if (addresses.Count == 0 || !File.Exists(symbols))
            return;
        foreach (string symbolizer in s_symbolizers)
        {
            if (Resolve(symbolizer, addresses, symbols) is not { } text)
                continue;
            output.WriteLine("The backtrace by name:");
            output.Write(text);
            return;
        }
    }

    // null: there is no such program
    private static string? Resolve(string symbolizer, IReadOnlyList<string> addresses, string symbols)
    {
        ProcessStartInfo start = new(symbolizer, ["--obj=" + symbols, "--pretty-print", "--no-inlines", .. addresses])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            _ = errors.Result; // read so that the program can not block on it
            return string.Concat(lines.Select(line => $"   at {line.Replace(" at ??:0:0", "", StringComparison.Ordinal)}\n"));
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
