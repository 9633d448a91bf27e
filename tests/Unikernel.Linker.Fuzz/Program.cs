// Long fuzzing runs of what reads foreign bytes in the linker. Two ways:
//   Unikernel.Linker.Fuzz TARGET                      one input from standard input, for afl-fuzz with SharpFuzz (instrument Unikernel.Linker.dll and Mono.Cecil.dll)
//   Unikernel.Linker.Fuzz --random SECONDS [SEED]     seeded mutation of good inputs in this process, all targets in turn; exit code 1 at the first finding
using System.Diagnostics;
using System.Globalization;
using Unikernel.Linker.Tests.Fuzzing;

using var fuzz = new LinkerFuzz();
switch (args)
{
    case ["--random", string seconds, ..]:
        return Mutate(double.Parse(seconds, CultureInfo.InvariantCulture), args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Environment.TickCount);
    case [string target] when fuzz.Corpus.ContainsKey(target):
        SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
        {
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            fuzz.Run(target, copy.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine($"Targets: {string.Join(", ", fuzz.Corpus.Keys)}; or --random SECONDS [SEED]");
        return 2;
}

int Mutate(double seconds, int first)
{
    // No input may take longer: what hangs is printed by the timer, and is a finding.
    TimeSpan limit = TimeSpan.FromMinutes(10);
    var watch = Stopwatch.StartNew();
    int seed = first;
    string current = "";
    using var alarm = new Timer(_ =>
    {
        Console.WriteLine($"no end after {limit}: {current}");
        Environment.Exit(1);
    });
    for (; watch.Elapsed.TotalSeconds < seconds; seed++)
    {
        foreach ((string target, byte[] good) in fuzz.Corpus)
        {
            current = $"{target}, seed {seed}";
            alarm.Change(limit, Timeout.InfiniteTimeSpan);
            try
            {
                fuzz.Run(target, LinkerFuzz.Mutate(good, new Random(seed)));
            }
            catch (Exception exception)
            {
                Console.WriteLine($"{current}\n{exception}");
                return 1;
            }
        }
    }

    Console.WriteLine($"{(long)(seed - first) * fuzz.Corpus.Count} inputs for {fuzz.Corpus.Count} targets in {watch.Elapsed.TotalMinutes:F0} minutes, seeds {first} to {seed - 1}: no finding");
    return 0;
}
