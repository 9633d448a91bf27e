using System.Globalization;
using System.Runtime.InteropServices;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>Which functions a guest's instructions are spent in, from the table that icount/profile.c writes.</summary>
internal sealed class Profile(string table, string symbolFile)
{
    private readonly (ulong Address, string Name)[] _symbols = Symbols(symbolFile);

    /// <summary>Instructions of each block until now.</summary>
    public Dictionary<ulong, ulong> Read()
    {
        Dictionary<ulong, ulong> counts = [];
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(File.ReadAllBytes(table));
        for (int i = 0; i + 1 < words.Length; i += 2)
        {
            if (words[i] != 0)
            {
                counts[words[i]] = words[i + 1];
            }
        }

        return counts;
    }

    /// <summary>Prints the functions with the most instructions between two readings, divided by what was done meanwhile.</summary>
    public void Print(Dictionary<ulong, ulong> before, Dictionary<ulong, ulong> after, long count, int functions)
    {
        Dictionary<string, ulong> byFunction = [];
        ulong total = 0;
        foreach ((ulong address, ulong instructions) in after)
        {
            ulong spent = instructions - before.GetValueOrDefault(address);
            int at = Array.BinarySearch(_symbols, (address, "\uffff"));
            at = at < 0 ? ~at - 1 : at;
            string name = at >= 0 ? _symbols[at].Name : $"0x{address:x}";
            byFunction[name] = byFunction.GetValueOrDefault(name) + spent;
            total += spent;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(double)total / count:F0} instructions each"));
        foreach ((string name, ulong spent) in byFunction.OrderByDescending(f => f.Value).Take(functions))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(double)spent / count,9:F1} {100.0 * spent / total,5:F1} % {name}"));
        }
    }

    // nm's lines: `00000000003b4ba8 t name`.
    private static (ulong, string)[] Symbols(string file)
    {
        Outcome nm = Processes.Run("nm", ["-n", file], null, "", TimeSpan.FromMinutes(1));
        return [.. from line in nm.Output.Split('\n')
                   let words = line.Split(' ', 3)
                   where words.Length == 3 && words[1] is "t" or "T" or "w" or "W"
                   select (ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), words[2])];
    }
}
