using System.Globalization;
using System.Net;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>The parts of the benchmark that need a network: each figure as a pair with the Linux guest in the same round.</summary>
internal sealed class NetworkParts(int rounds, string[] machines, string? only)
{
    private readonly SampleProgram[] _samples = [.. SampleProgram.All.Where(p => p.IsSample && (only ?? p.Name) == p.Name)];

    /// <summary>Builds everything: inside the namespace there is no NuGet.</summary>
    public static void Publish()
    {
        foreach (SampleProgram program in SampleProgram.All)
        {
            foreach (string rid in (string[])[GuestProgram.UnikernelRid, GuestProgram.LinuxRid])
            {
                program.Published(rid);
            }
        }
    }

    /// <summary>Guest instructions from reset to the first answer, and of one request under load.</summary>
    public void Instructions()
    {
        foreach (SampleProgram program in _samples)
        {
            foreach (string machine in machines)
            {
                foreach (bool linux in (bool[])[false, true])
                {
                    List<double?> start = [], each = [];
                    for (int round = 0; round < rounds; round++)
                    {
                        using NetworkGuest guest = new(program, linux, machine, plugin: "icount");
                        start.Add(guest.UntilAnswer() is null ? null : guest.Instructions / 1e6);
                        each.Add(start[^1] is null ? null : PerRequest(guest));
                    }

                    Console.WriteLine($"{program.Name} {(linux ? "Linux" : "unikernel")} {machine}: to the first answer {Statistics.Show(start, "F2")} million; under load {Statistics.Show(each, "F0")} each");
                }
            }
        }
    }

    /// <summary>Where the instructions of a request go.</summary>
    public void Profiles()
    {
        foreach (SampleProgram program in _samples)
        {
            using NetworkGuest guest = new(program, linux: false, machines[0], plugin: "profile");
            if (guest.UntilAnswer() is null)
            {
                throw new InvalidOperationException($"{program.Name} does not answer.");
            }

            Profile profile = new(guest.Counts, Path.Combine(program.Published(GuestProgram.UnikernelRid), program.Name + ".elf.dbg"));
            Ask(guest, WarmUpSeconds);
            Dictionary<ulong, ulong> before = profile.Read();
            long count = Ask(guest, CountedSeconds);
            Console.WriteLine($"\n{program.Name} on {machines[0]}");
            profile.Print(before, profile.Read(), count, 600);
        }
    }

    // The first collections promote what the start left behind, which belongs to no request: they are over after the warm-up.
    private const int WarmUpSeconds = 8, CountedSeconds = 8;

    private static double PerRequest(NetworkGuest guest)
    {
        Ask(guest, WarmUpSeconds);
        ulong before = guest.Instructions;
        long count = Ask(guest, CountedSeconds);
        return (guest.Instructions - before) / (double)count;
    }

    private static long Ask(NetworkGuest guest, int seconds) =>
        guest.Program == SampleProgram.DnsServer ? guest.DnsPerf(seconds).Queries : guest.Wrk(16, seconds).Requests;

    /// <summary>Milliseconds from the start of QEMU to the first answer.</summary>
    public void Start()
    {
        foreach (SampleProgram program in _samples)
        {
            foreach (string machine in machines)
            {
                Pair($"{program.Name} {machine}, first answer, ms", "F0", linux =>
                {
                    using NetworkGuest guest = new(program, linux, machine);
                    return guest.UntilAnswer();
                });
            }
        }
    }

    /// <summary>Requests a second, CPU, latency, and a download.</summary>
    public void Rate()
    {
        foreach (string machine in machines)
        {
            foreach (SampleProgram program in _samples.Where(p => p != SampleProgram.DnsServer))
            {
                foreach (int connections in (int[])[16, 64])
                {
                    List<double?>[] rate = [[], []], cpu = [[], []], p99 = [[], []];
                    for (int round = 0; round < rounds; round++)
                    {
                        for (int linux = 0; linux < 2; linux++)
                        {
                            using NetworkGuest guest = new(program, linux == 1, machine);
                            if (guest.UntilAnswer() is null)
                            {
                                rate[linux].Add(null);
                                cpu[linux].Add(null);
                                p99[linux].Add(null);
                                continue;
                            }

                            guest.Wrk(connections, 1);
                            double before = guest.CpuSeconds;
                            (long requests, double perSecond, double latency) = guest.Wrk(connections, 5);
                            rate[linux].Add(perSecond);
                            cpu[linux].Add((guest.CpuSeconds - before) / requests * 10_000);
                            p99[linux].Add(latency);
                        }
                    }

                    Show($"{program.Name} {machine} c{connections}, requests/s", "F0", rate);
                    Show($"{program.Name} {machine} c{connections}, CPU s of 10,000 requests", "F2", cpu);
                    Show($"{program.Name} {machine} c{connections}, p99 in ms", "F1", p99);
                }
            }

            if (_samples.Contains(SampleProgram.DnsServer))
            {
                Pair($"DnsServer {machine}, queries/s", "F0", linux => QueryRate(linux, machine));
            }

            if ((only ?? SampleProgram.Load.Name) == SampleProgram.Load.Name)
            {
                Pair($"100 MB {machine}, MB/s", "F1", linux => DownloadRate(linux, machine));
            }
        }
    }

    private static double? QueryRate(bool linux, string machine)
    {
        using NetworkGuest guest = new(SampleProgram.DnsServer, linux, machine);
        if (guest.UntilAnswer() is null)
        {
            return null;
        }

        guest.DnsPerf(1);
        return guest.DnsPerf(5).Rate;
    }

    private static double? DownloadRate(bool linux, string machine)
    {
        using NetworkGuest guest = new(SampleProgram.Load, linux, machine);
        return guest.UntilAnswer() is null ? null : guest.Download(100_000_000) / 1e6;
    }

    /// <summary>The least memory at which a program answers and goes on answering.</summary>
    public void Memory()
    {
        foreach (SampleProgram program in _samples)
        {
            foreach (string machine in machines)
            {
                int least = -1;
                foreach (int size in (int[])[64, 48, 40, 36, 32, 28, 24, 20, 16, 14, 12, 10, 9, 8, 7, 6, 5])
                {
                    using NetworkGuest guest = new(program, linux: false, machine, $"{size}M");
                    if (guest.UntilAnswer() is null || Ask(guest, 2) < 200 || guest.UntilAnswer() is null)
                    {
                        break;
                    }

                    least = size;
                }

                Console.WriteLine($"{program.Name} on {machine}: {least} MiB");
            }
        }
    }

    /// <summary>QEMU's CPU time while a server with a network card waits.</summary>
    public void Idle()
    {
        foreach (SampleProgram program in _samples)
        {
            foreach (string machine in machines)
            {
                Pair($"{program.Name} {machine}, idle, % of a CPU", "F2", linux =>
                {
                    using NetworkGuest guest = new(program, linux, machine);
                    if (guest.UntilAnswer() is null)
                    {
                        return null;
                    }

                    Thread.Sleep(2000);
                    double before = guest.CpuSeconds;
                    Thread.Sleep(5000);
                    return (guest.CpuSeconds - before) / 5 * 100;
                });
            }
        }
    }

    /// <summary>200,000 requests and the rest (issue-sized), divided by <paramref name="share"/>.</summary>
    public void Load(int share)
    {
        foreach (string machine in machines)
        {
            using NetworkGuest guest = new(SampleProgram.Load, linux: false, machine);
            if (guest.UntilAnswer() is null)
            {
                throw new InvalidOperationException($"The server does not answer on {machine}.");
            }

            Dictionary<string, long> guestBefore = guest.Counters(), hostBefore = HostCounters();
            LoadProof proof = new(new IPEndPoint(NetworkGuest.Address, SampleProgram.Load.Port), line => Console.WriteLine($"{machine}: {line}"));
            bool done = false;
            try
            {
                proof.RunAsync(200_000 / share, 64, 20_000 / share, 1000, 2000, Math.Max(1, 60 / share)).GetAwaiter().GetResult();
                done = true;
            }
            finally
            {
                // Who lost something: each way to drop has its counter, on both sides.
                ShowChanges($"{machine}: guest", guestBefore, guest.Counters());
                ShowChanges($"{machine}: host", hostBefore, HostCounters());
                if (!done)
                {
                    Console.WriteLine(guest.Look("connections"));
                }
            }
        }
    }

    // Of this namespace: UDP's (RcvbufErrors: a receiver that was too slow), and the tap's (transmitted is towards the guest).
    private static Dictionary<string, long> HostCounters()
    {
        Dictionary<string, long> counters = [];
        string[][] udp = [.. File.ReadLines("/proc/net/snmp").Where(l => l.StartsWith("Udp:", StringComparison.Ordinal)).Select(l => l.Split(' '))];
        for (int i = 1; i < udp[0].Length; i++)
        {
            counters[$"udp.{udp[0][i]}"] = long.Parse(udp[1][i], CultureInfo.InvariantCulture);
        }

        string[] tap = File.ReadLines("/proc/net/dev").Single(l => l.TrimStart().StartsWith("tap0:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (counters["tap0.from-guest"], counters["tap0.from-guest-dropped"]) = (Column(2), Column(4));
        (counters["tap0.to-guest"], counters["tap0.to-guest-dropped"]) = (Column(10), Column(12));
        return counters;

        long Column(int index) => long.Parse(tap[index], CultureInfo.InvariantCulture);
    }

    private static void ShowChanges(string what, Dictionary<string, long> before, Dictionary<string, long> after) => Console.WriteLine(
        $"{what}: {string.Join(", ", after.Select(c => (c.Key, Value: c.Value - before.GetValueOrDefault(c.Key))).Where(c => c.Value != 0).Select(c => $"{c.Key} {c.Value}"))}");

    private void Pair(string what, string format, Func<bool, double?> measure)
    {
        List<double?>[] results = [[], []];
        for (int round = 0; round < rounds; round++)
        {
            results[0].Add(measure(false));
            results[1].Add(measure(true));
        }

        Show(what, format, results);
    }

    // Unikernel, Linux, and the median of the rounds' ratios.
    private static void Show(string what, string format, List<double?>[] pair)
    {
        List<double?> ratios = [.. pair[0].Zip(pair[1], (a, b) => a / b)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: ratio {Statistics.Show(ratios, "F3")}; unikernel {Statistics.Show(pair[0], format)}, Linux {Statistics.Show(pair[1], format)}"));
    }
}
