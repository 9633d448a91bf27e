// The project's measurements, as pairs in one run. See docs/measurements.md for what each of them says.

using System.Globalization;
using Unikernel.Benchmarks;
using Unikernel.Guest.Tests;

const string Hello = "Hello, World!";
string[] machines = ["microvm", "q35"];
int rounds = 5, share = 1;
string? only = null;
List<string> wanted = [];
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--rounds" && i + 1 < args.Length && int.TryParse(args[i + 1], out rounds))
    {
        i++;
    }
    else if (args[i] == "--share" && i + 1 < args.Length && int.TryParse(args[i + 1], out share) && share > 0)
    {
        i++; // load: a part of it
    }
    else if (args[i] == "--machine" && i + 1 < args.Length)
    {
        machines = [args[++i]];
    }
    else if (args[i] == "--program" && i + 1 < args.Length && SampleProgram.All.Any(p => p.Name == args[i + 1]))
    {
        only = args[++i]; // of the parts with a network
    }
    else if (args[i] == "--command-line" && i + 1 < args.Length)
    {
        NetworkGuest.MoreWords = args[++i];
    }
    else
    {
        wanted.Add(args[i]);
    }
}

NetworkParts network = new(rounds, machines, only);
Dictionary<string, Action> all = new()
{
    ["size"] = Size,
    ["start"] = Start,
    ["instructions"] = Instructions,
    ["where"] = Where,
    ["memory"] = Memory,
    ["cpu"] = Cpu,
    ["idle"] = Idle,
    ["publish"] = NetworkParts.Publish,
    ["net-instructions"] = network.Instructions,
    ["net-profile"] = network.Profiles,
    ["net-start"] = network.Start,
    ["net-rate"] = network.Rate,
    ["net-memory"] = network.Memory,
    ["net-idle"] = network.Idle,
    ["load"] = () => network.Load(share),
};
if (wanted.Count == 0 || wanted.Except(all.Keys).Any())
{
    Console.Error.WriteLine($"usage: benchmark.sh [--rounds N] [--machine microvm|q35] [--share N] [--program DnsServer|WebServer|MinimalApi|Load] [--command-line WORDS] {string.Join(' ', all.Keys.Select(k => $"[{k}]"))}");
    return 2;
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, {rounds} rounds, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
foreach (string name in wanted)
{
    Console.WriteLine($"\n## {name}");
    all[name]();
}

return 0;

// The stripped images, in bytes.
void Size()
{
    foreach (string program in (string[])["Hello", "Lifecycle", "Threads"])
    {
        string folder = GuestProgram.Named(program).Published(GuestProgram.UnikernelRid);
        Console.WriteLine($"{program}: {new FileInfo(Path.Combine(folder, program + ".elf")).Length:N0} bytes");
    }
}

// From the start of QEMU to the line on the console.
void Start() => Rounds(
    [
        .. machines.Select(m => Subject.Unikernel(m, "Hello", "256M")),
        .. machines.Select(m => Subject.Floor(m, Hello)),
        .. machines.Select(m => Subject.Linux(m, "Hello", "256M")),
    ],
    s => Measure.UntilLine(s, Hello),
    "F0",
    "ms");

// From reset to the line, firmware included.
void Instructions() => Rounds(
    [
        .. machines.Select(m => Subject.Unikernel(m, "Hello", "256M")),
        .. machines.Select(m => Subject.Floor(m, Hello)),
        .. machines.Select(m => Subject.Linux(m, "Hello", "256M")),
    ],
    s => Measure.InstructionsUntilLine(s, Hello) / 1e6,
    "F2",
    "million instructions");

// What of the program and what below it the instructions until the line belong to.
void Where()
{
    LinkMap map = LinkMap.Read(Path.Combine(Repository.Programs, "Hello", "obj", "Release", "net10.0", GuestProgram.UnikernelRid, "native", "Hello.map"));
    foreach (string machine in machines)
    {
        List<(ulong Address, ulong Instructions)> blocks = Measure.BlocksUntilLine(Subject.Unikernel(machine, "Hello", "256M"), Hello);
        Console.WriteLine($"unikernel {machine}: {blocks.Sum(b => (long)b.Instructions):N0} instructions");
        Print("part", blocks.GroupBy(b => map.PartAt(b.Address)), 20);
        Print("function", blocks.GroupBy(b => map.SymbolAt(b.Address)), 25);
    }

    static void Print(string what, IEnumerable<IGrouping<string, (ulong Address, ulong Instructions)>> groups, int most)
    {
        foreach ((string name, long count) in groups.Select(g => (g.Key, g.Sum(b => (long)b.Instructions))).OrderByDescending(g => g.Item2).Take(most))
        {
            Console.WriteLine($"  {what} {name}: {count:N0}");
        }
    }
}

// The least memory, in MiB, at which the program does its work.
void Memory()
{
    foreach (string machine in machines)
    {
        Least($"hello on {machine}", [64, 32, 24, 16, 12, 10, 8, 7, 6, 5, 4, 3], m => Measure.UntilLine(Subject.Unikernel(machine, "Hello", $"{m}M"), Hello) is not null);
        Least($"1 GB of garbage on {machine}", [64, 48, 32, 28, 24, 20, 18, 16, 14, 12], m =>
            Measure.Output(Subject.Unikernel(machine, "Memory", $"{m}M", "garbage", "1024"))?.Contains("collected in between: True", StringComparison.Ordinal) is true);
    }
}

void Least(string what, int[] sizes, Func<int, bool> works)
{
    int least = -1;
    foreach (int size in sizes)
    {
        if (!works(size))
        {
            break;
        }

        least = size;
    }

    Console.WriteLine($"{what}: {least} MiB");
}

// CPU-bound programs: the time that they measure themselves, in pairs, and the median of the pairs' ratios.
void Cpu()
{
    foreach ((string name, string size) in ((string, string)[])[("nbody", "300000"), ("spectral-norm", "200"), ("binary-trees", "14"), ("k-nucleotide", "300000"), ("regex", "300000"), ("json", "5000")])
    {
        Subject ours = Subject.Unikernel("q35", "Speed", "512M", name, size), linux = Subject.Linux("q35", "Speed", "512M", name, size);
        List<double?> oursMs = [], linuxMs = [], ratios = [];
        for (int round = 0; round < rounds; round++)
        {
            double? a = Measure.Elapsed(Measure.Output(ours)), b = Measure.Elapsed(Measure.Output(linux));
            oursMs.Add(a);
            linuxMs.Add(b);
            ratios.Add(a / b);
        }

        Console.WriteLine($"{name}: ratio {Statistics.Show(ratios, "F3")}; unikernel {Statistics.Show(oursMs, "F0")} ms, Linux {Statistics.Show(linuxMs, "F0")} ms");
    }
}

// QEMU's CPU time while the guest sleeps.
void Idle() => Rounds(
    machines.Select(m => Subject.Unikernel(m, "Lifecycle", "256M", "idle")).Concat(machines.Select(m => Subject.Linux(m, "Lifecycle", "256M", "idle"))),
    s => Measure.IdleShare(s, "sleeping", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)) * 100,
    "F2",
    "% of a CPU");

void Rounds(IEnumerable<Subject> subjects, Func<Subject, double?> measure, string format, string unit)
{
    Subject[] list = [.. subjects];
    List<double?>[] results = [.. list.Select(_ => new List<double?>())];
    for (int round = 0; round < rounds; round++)
    {
        for (int i = 0; i < list.Length; i++)
        {
            results[i].Add(measure(list[i]));
        }
    }

    for (int i = 0; i < list.Length; i++)
    {
        Console.WriteLine($"{list[i].Name}: {Statistics.Show(results[i], format)} {unit}");
    }
}
