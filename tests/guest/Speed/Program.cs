// CPU-bound programs for the benchmark: NAME SIZE. Prints the result, which must not depend on the system, and the time.

using System.Diagnostics;
using Unikernel.Guest;

if (args.Length != 2 || !int.TryParse(args[1], out int size))
{
    Console.WriteLine($"usage: Speed {string.Join('|', Workloads.All.Keys)} SIZE");
    return 2;
}

Func<int, string> workload = Workloads.All[args[0]];
long start = Stopwatch.GetTimestamp();
string result = workload(size);
TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
Console.WriteLine($"{args[0]} {size}: {result}");
Console.WriteLine(FormattableString.Invariant($"elapsed {elapsed.TotalMilliseconds:F1} ms"));
return 0;
