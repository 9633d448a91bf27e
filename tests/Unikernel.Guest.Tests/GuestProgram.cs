using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Unikernel.Run;

namespace Unikernel.Guest.Tests;

/// <summary>One of the programs of tests/guest: published at most once per RID and content, run on the host or in QEMU.</summary>
internal sealed partial class GuestProgram
{
    public const string UnikernelRid = "unikernel-x64";
    public const string LinuxRid = "linux-x64";

    private static readonly ConcurrentDictionary<string, GuestProgram> s_all = new();

    private readonly string _name;
    private readonly string _project;
    private readonly object _publishing = new(); // both RIDs share the project's obj folder
    private readonly ConcurrentDictionary<string, Lazy<string>> _published = new();

    private GuestProgram(string name)
    {
        _name = name;
        _project = Path.Combine(Repository.Programs, name);
    }

    /// <summary>The program of that folder of tests/guest.</summary>
    public static GuestProgram Named(string name) => s_all.GetOrAdd(name, n => new GuestProgram(n));

    /// <summary>Runs the linux-x64 build on this machine with exactly the given environment.</summary>
    public Outcome RunOnHost(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string input, TimeSpan timeout)
    {
        string file = Path.Combine(Published(LinuxRid), _name);

        // One pipe for output and error, as the guest has one serial line, so that their order can be compared.
        return Processes.Run("/bin/sh", ["-c", "exec \"$0\" \"$@\" 2>&1", file, .. arguments], environment, input, timeout);
    }

    /// <summary>Boots the unikernel-x64 build in QEMU.</summary>
    public Outcome RunInGuest(GuestMachine machine, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string input, TimeSpan timeout)
    {
        string image = Path.Combine(Published(UnikernelRid), _name + ".elf");
        string words = string.Join(' ', environment.Select(v => CommandWords.Quote($"{v.Key}={v.Value}")).Concat(machine.KernelWords));
        string exitCodeFile = Path.GetTempFileName();
        try
        {
            RunOptions options = RunOptions.Parse(
            [
                "--image", image, "--machine", machine.Type, "--memory", machine.Memory, "--accelerator", "tcg", "--cpu", machine.Cpu, "--command-line", words, "--", .. arguments,
            ]);
            List<string> qemu = QemuCommand.Arguments(options, exitCodeFile, exitCodeFile + ".monitor", kvm: false);
            Outcome outcome = Processes.Run(options.Qemu, qemu, null, input, timeout, keepInputOpen: true);

            // As the runner does: QEMU's own status loses the top bit of the code, the debug console has all of it.
            string reported = File.ReadAllText(exitCodeFile).Trim();
            int? code = outcome.ExitCode is null ? null : int.TryParse(reported.Split('\n')[^1], out int n) ? n & 0xff : -1;
            using StringWriter backtrace = new();
            Run.Backtrace.Print(Run.Backtrace.Addresses(reported), image + ".dbg", backtrace);
            return outcome with { Output = EmulatorWarning().Replace(outcome.Output, ""), ExitCode = code, Backtrace = backtrace.ToString() };
        }
        finally
        {
            File.Delete(exitCodeFile);
            File.Delete(exitCodeFile + ".monitor"); // QEMU leaves its socket behind
        }
    }

    /// <summary>The folder that holds the published program, made if there is none for this content.</summary>
    public string Published(string runtimeIdentifier) =>
        _published.GetOrAdd(runtimeIdentifier, rid => new Lazy<string>(() => Publish(rid))).Value;

    private string Publish(string rid)
    {
        string folder = Path.Combine(Repository.Published, _name, $"{rid}-{Repository.DigestOf(_project, rid)}");
        lock (_publishing)
        {
            if (Directory.Exists(folder))
            {
                return folder;
            }

            string fresh = folder + ".new";
            if (Directory.Exists(fresh))
            {
                Directory.Delete(fresh, recursive: true);
            }

            Outcome outcome = Processes.Run(
                "dotnet",
                ["publish", _project, "-c", "Release", "-r", rid, "-o", fresh, "--nologo", "-v", "q", "-tl:off", .. Linker(rid), .. Repository.PublishArguments(rid)],
                null,
                "",
                TimeSpan.FromMinutes(10));
            if (outcome.ExitCode != 0)
            {
                throw new InvalidOperationException($"Publishing failed with {outcome.ExitCode?.ToString() ?? "a timeout"}.\n{outcome.CommandLine}\n{outcome.Output}");
            }

            // What the publish said of this very image: the next one, with other settings, overwrites it.
            string report = Path.Combine(_project, "bin", "Release", "net10.0", rid, "native", _name + ".size.json");
            if (rid == UnikernelRid && File.Exists(report))
            {
                File.Copy(report, Path.Combine(fresh, _name + ".size.json"));
            }

            foreach (string old in Directory.GetDirectories(Path.GetDirectoryName(folder)!, rid + "-*").Where(d => d != fresh))
            {
                Directory.Delete(old, recursive: true);
            }

            Directory.Move(fresh, folder);
            return folder;
        }
    }

    // A CPU model has features that the emulator lacks; QEMU says so on its standard error and goes on without.
    [GeneratedRegex(@"^qemu-system-x86_64: warning: TCG doesn't support requested feature.*\n", RegexOptions.Multiline)]
    private static partial Regex EmulatorWarning();

    /// <summary>The stock linux-x64 link wants `clang` or `gcc`; Debian's clang-14 is installed without the short name.</summary>
    public static string[] Linker(string rid)
    {
        if (rid != LinuxRid || OnPath("clang") || OnPath("gcc"))
        {
            return [];
        }

        return ["-p:CppCompilerAndLinker=clang-14", "-p:LinkerFlavor=lld-14"];
    }

    private static bool OnPath(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, command)));
}

/// <summary>The machine to boot on.</summary>
/// <param name="Type">microvm or q35.</param>
/// <param name="Memory">As QEMU's -m.</param>
internal sealed record GuestMachine(string Type, string Memory = "256M")
{
    /// <summary>As QEMU's -cpu; empty for all that the emulator has.</summary>
    public string Cpu { get; init; } = "";

    /// <summary>Options for the core on the kernel command line.</summary>
    public IReadOnlyList<string> KernelWords { get; init; } = [];
}
