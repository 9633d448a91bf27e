using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Unikernel.Pack;
using Xunit;

namespace Unikernel.Core.Tests;

/// <summary>The core, built and linked once with each program of <c>guest/</c>, boots in QEMU without any .NET.</summary>
public class BootTests(CoreImages images) : IClassFixture<CoreImages>
{
    public static TheoryData<string, string, string, string> Programs
    {
        get
        {
            TheoryData<string, string, string, string> cases = [];
            foreach (string program in new[] { "threads", "signals" })
            {
                cases.Add(program, "microvm", "max", "");
                cases.Add(program, "q35", "max", "uk.tick=10000");
                cases.Add(program, "microvm", "Westmere", "uk.tick=10000"); // x86-64-v2: FXSAVE, no RDRAND, no FSGSBASE
            }
            cases.Add("machine", "microvm", "max", "");
            cases.Add("machine", "q35", "Westmere", "");
            cases.Add("large", "microvm", "max", "");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Passes(string program, string machine, string cpu, string commandLine)
    {
        (int code, string console) = images.Boot(program, machine, cpu, "64M", commandLine);
        Assert.True(code == 42, console);
        Assert.Contains("PASS", console);
    }

    [Fact]
    public void CommandLineBecomesArgumentsVariablesAndOptions()
    {
        (int code, string console) = images.Boot("machine", "microvm", "max", "64M",
            "quiet A=0 test.option=x 'B=two words' A=1 test.option=y -- first 'second word' C=3", "-device", "virtio-rng-device");
        Assert.True(code == 42, console);
        Assert.Equal(["argument [first]", "argument [second word]", "argument [C=3]", "variable [A=1]", "variable [B=two words]", "option", "option"],
            console.Split('\n').TakeWhile(line => !line.StartsWith("PASS", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("machine", "max", "64M", "A='x", "UKN9002")]
    [InlineData("machine", "max", "64M", "LONG", "UKN9001")]
    [InlineData("machine", "qemu64", "64M", "", "UKN9003")]
    [InlineData("machine", "qemu32", "64M", "", "UKN9003")]
    [InlineData("large", "max", "6M", "", "UKN9005")]
    public void RefusesToBoot(string program, string cpu, string memory, string commandLine, string id)
    {
        string text = commandLine == "LONG" ? new string('x', 4096) : commandLine;
        (int code, string console) = images.Boot(program, cpu == "qemu32" ? "q35" : "microvm", cpu, memory, text);
        Assert.Equal(251, code);
        Assert.StartsWith(id, console);
        Assert.Single(console.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("threads", "microvm", "max", 0)]
    [InlineData("machine", "microvm", "Westmere", 4)]
    [InlineData("machine", "q35", "max", 1)]
    [InlineData("large", "microvm", "max", 0.2)]
    public void APackedImagePasses(string program, string machine, string cpu, double bitsPerInstruction)
    {
        (int code, string console) = images.Boot(images.Pack(program, bitsPerInstruction), machine, cpu, "64M", "uk.tick=10000");
        Assert.True(code == 42, console);
        Assert.Contains("PASS", console);
    }

    [Theory]
    [InlineData("machine", "q35", "qemu32", "64M", "UKN9003", 251)]
    [InlineData("machine", "microvm", "qemu64", "64M", "UKN9003", 251)]
    [InlineData("large", "microvm", "max", "6M", "UKN9005", 251)]
    public void APackedImageRefusesToBootAsThePlainOneDoes(string program, string machine, string cpu, string memory, string id, int expected)
    {
        (int code, string console) = images.Boot(images.Pack(program, 1), machine, cpu, memory, "");
        Assert.Equal(expected, code);
        Assert.StartsWith(id, console);
        Assert.Single(console.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("constant")] // W^X
    [InlineData("execute")] // NX
    public void APackedImageIsProtectedAsThePlainOneIs(string end)
    {
        (int code, string console) = images.Boot(images.Pack("machine", 1), "microvm", "max", "64M", "-- " + end);
        Assert.True(code == 139, console);
        Assert.Contains("signal 11, code 2", console);
    }

    [Theory]
    [InlineData("panic", 250, "UKN9010 asked for")]
    [InlineData("overflow", 134, "Stack overflow.\nUKN9012")]
    [InlineData("wild", 139, "UKN9011 hardware fault outside of managed code: signal 11, code 1, address 1234567890")]
    [InlineData("null", 139, "UKN9011 hardware fault outside of managed code: signal 11, code 1, address 0")]
    [InlineData("constant", 139, "UKN9011 hardware fault outside of managed code: signal 11, code 2")] // SEGV_ACCERR: W^X
    [InlineData("execute", 139, "UKN9011 hardware fault outside of managed code: signal 11, code 2")] // NX
    public void EndsWithMessageBacktraceAndCode(string end, int expected, string message)
    {
        (int code, string console) = images.Boot("machine", "microvm", "max", "64M", "-- " + end);
        Assert.True(code == expected, console);
        Assert.Contains(message, console);
        Assert.Contains("backtrace", console);
    }

    /// <remarks>CPU time of QEMU's process, not wall time: a loaded host does not change it.</remarks>
    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void AnIdleGuestCostsTheHostLessThanOnePercent(string machine)
    {
        using Process qemu = images.Start("idle", machine, "max", "64M");
        try
        {
            Assert.Equal("PASS", qemu.StandardOutput.ReadLine());
            TimeSpan before = qemu.TotalProcessorTime;
            Stopwatch wall = Stopwatch.StartNew();
            Thread.Sleep(4000);
            qemu.Refresh();
            double share = (qemu.TotalProcessorTime - before) / wall.Elapsed;
            Assert.True(share < 0.01, $"{share:P2}");
        }
        finally
        {
            qemu.Kill();
            qemu.WaitForExit();
        }
    }

    [Fact]
    public void AMachineWithoutDebugExitPowersOff()
    {
        foreach (string machine in new[] { "q35", "microvm" })
        {
            (int code, _) = images.Boot("machine", machine, "max", "64M", "", debugExit: false);
            Assert.Equal(42, code); // by the debug console; QEMU itself ended
        }
    }
}

/// <summary>core.a and the linked programs, in a temporary folder.</summary>
public sealed class CoreImages : IDisposable
{
    private static readonly string s_tests = Path.GetDirectoryName(ThisFile())!;
    private static readonly string s_core = Path.GetFullPath(Path.Combine(s_tests, "../../runtime-shim/core"));
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(3); // not a measure of speed: a guest that hangs must end

    private readonly string _folder = Directory.CreateTempSubdirectory("core-boot").FullName;

    public CoreImages()
    {
        Require("make", "-s", "-C", s_core, "OUT=" + _folder);
        foreach (string source in Directory.EnumerateFiles(Path.Combine(s_tests, "guest"), "*.c"))
        {
            string name = Path.GetFileNameWithoutExtension(source);
            string compiled = Path.Combine(_folder, name + ".o");
            Require("clang-14", "-std=c17", "-Wall", "-Wextra", "-Werror", "-Wno-infinite-recursion", "-O1", "-g", "-ffreestanding", "-fno-pic",
                "-mcmodel=small", "-fno-omit-frame-pointer", "-I" + Path.Combine(s_core, "include"), "-c", source, "-o", compiled);
            Require("ld.lld-14", "-static", "-no-pie", "--gc-sections", "--eh-frame-hdr", "-z", "max-page-size=64", "-z", "nostart-stop-gc",
                "-z", "norelro", "-z", "nognustack", "--build-id=none", "-T", Path.Combine(s_core, "link/unikernel.lds"),
                "-o", Path.Combine(_folder, name + ".elf"), compiled, Path.Combine(_folder, "core.a"));
        }
    }

    /// <summary>Packs a program; the name of what can be booted. Packed by bytes alone, and with a price on instructions: other sequences.</summary>
    public string Pack(string program, double bitsPerInstruction)
    {
        string name = FormattableString.Invariant($"{program}-{bitsPerInstruction}");
        string stripped = Path.Combine(_folder, program + ".stripped");
        Require("llvm-objcopy-14", "--strip-sections", Path.Combine(_folder, program + ".elf"), stripped);
        byte[] packed = PackedImage.Pack(File.ReadAllBytes(stripped), File.ReadAllBytes(Path.Combine(_folder, "unpack.bin")), bitsPerInstruction);
        Assert.Equal(File.ReadAllBytes(stripped), PackedImage.Open(packed)!.Unpack());
        File.WriteAllBytes(Path.Combine(_folder, name + ".elf"), packed);
        return name;
    }

    /// <summary>Boots a program; its exit code as the guest reported it, and what it wrote to the console.</summary>
    public (int Code, string Console) Boot(string program, string machine, string cpu, string memory, string commandLine, params string[] more) =>
        Boot(program, machine, cpu, memory, commandLine, true, more);

    public (int Code, string Console) Boot(string program, string machine, string cpu, string memory, string commandLine, bool debugExit, params string[] more)
    {
        string report = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        (int status, string console) = Run("qemu-system-x86_64", [
            "-M", machine, "-cpu", cpu, "-m", memory, "-accel", "tcg", "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-chardev", "file,id=exit,path=" + report, "-device", "isa-debugcon,iobase=0xe9,chardev=exit",
            .. debugExit ? new[] { "-device", "isa-debug-exit" } : [], .. more,
            "-kernel", Path.Combine(_folder, program + ".elf"), "-append", commandLine]);
        string last = File.ReadAllText(report).TrimEnd().Split('\n')[^1];
        return (int.TryParse(last, CultureInfo.InvariantCulture, out int code) ? code : -status, console);
    }

    /// <summary>Starts a program that does not end by itself.</summary>
    public Process Start(string program, string machine, string cpu, string memory) =>
        Process.Start(new ProcessStartInfo("qemu-system-x86_64", [
            "-M", machine, "-cpu", cpu, "-m", memory, "-accel", "tcg", "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", Path.Combine(_folder, program + ".elf")])
        { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Require(string file, params string[] arguments)
    {
        (int status, string text) = Run(file, arguments);
        Assert.True(status == 0, $"{file}: {text}");
    }

    private static (int Status, string Output) Run(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> text = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_hang))
            process.Kill();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 || text.Result.Length > 0 ? text.Result : errors.Result);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
