using System.Diagnostics;

namespace Unikernel.Build.Tests;

/// <summary>A machine of 200 bytes that speaks the runner's protocol (Assets/exit.S), so that the runner is tested without .NET in the guest.</summary>
public sealed class SmallMachine : IDisposable
{
    public SmallMachine()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Assets", "exit.S");
        Command.Run(Folder, "clang-14", "-m32", "-c", source, "-o", "exit.o").Succeeded();
        Command.Run(Folder, "ld.lld-14", "-m", "elf_i386", "-static", "-e", "start", "--image-base=0x200000", "exit.o", "-o", Image).Succeeded();
    }

    private string Folder { get; } = Directory.CreateTempSubdirectory("unikernel-").FullName;

    public string Image => Path.Combine(Folder, "exit.elf");

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

public sealed class RunnerTests(SmallMachine machine) : IClassFixture<SmallMachine>
{
    [Theory]
    [InlineData("q35")]
    [InlineData("microvm")]
    public void AllBitsOfTheExitCodeComeBack(string type)
    {
        foreach (int code in new[] { 0, 1, 2, 63, 64, 127, 128, 129, 200, 254, 255 })
            Assert.Equal(code, Machine.Boot(machine.Image, "--machine", type, "--command-line", $"{code}").ExitCode);
    }

    [Fact]
    public void AResetWithoutACodeIsAnError()
    {
        Outcome outcome = Machine.Boot(machine.Image, "--machine", "microvm", "--command-line", "none");
        Assert.Equal(250, outcome.ExitCode);
        Assert.Contains("error UKN5031: ", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCommandLineArrivesAsQuoted()
    {
        Outcome outcome = Machine.Boot(machine.Image, "--machine", "microvm", "--command-line", "7 A='b c'", "--", "x", "y z", "it's", "");
        Assert.Equal("7 A='b c' -- x 'y z' \"it's\" ''\n", outcome.Output);
        Assert.Equal(7, outcome.ExitCode);
    }

    [Fact]
    public void InputReachesTheMachineAndItsEnd()
    {
        Outcome outcome = Machine.BootWithInput(machine.Image, "some input\n", "--machine", "microvm", "--command-line", "in 9");
        Assert.Equal("in 9\nsome input\n", outcome.Output);
        Assert.Equal(9, outcome.ExitCode);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void AMachineThatDoesNotEndIsSwitchedOffAfterTheTimeOfGrace(string signal, int expected)
    {
        using Process runner = StartWaiting("in 3", "--stop-timeout", "1");
        int[] qemu = Children(runner);
        Command.Run("/", "kill", $"-{signal}", $"{runner.Id}").Succeeded();
        ExpectEnd(runner, expected, qemu);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void ASignalThatReachesNobodyEndsTheMachineAtOnceAsItWouldAProcess(string signal, int expected)
    {
        using Process runner = StartWaiting("deaf", "--stop-timeout", "86400");
        int[] qemu = Children(runner);
        Command.Run("/", "kill", $"-{signal}", $"{runner.Id}").Succeeded();
        ExpectEnd(runner, expected, qemu);
    }

    [Fact]
    public void ASecondSignalSwitchesOffAtOnce()
    {
        using Process runner = StartWaiting("in 3", "--stop-timeout", "86400");
        int[] qemu = Children(runner);
        Command.Run("/", "kill", "-INT", $"{runner.Id}").Succeeded();
        Assert.Equal(0x03, runner.StandardOutput.Read()); // the machine echoes what it gets: Ctrl+C has arrived there
        Command.Run("/", "kill", "-INT", $"{runner.Id}").Succeeded();
        ExpectEnd(runner, 130, qemu);
    }

    // A shell starts background jobs with SIGINT ignored, and .NET leaves it so: `env` (coreutils 8.31) gives signals their default back.
    // "in": the machine waits for input that never ends, as long as nobody closes the pipe.
    private Process StartWaiting(string commandLine, params string[] more)
    {
        Process runner = Command.Start(Path.GetTempPath(), "env",
            ["--default-signal=INT,TERM", "dotnet", "exec", Machine.Runner, "--image", machine.Image, "--accelerator", "tcg", "--machine", "microvm", "--command-line", commandLine, .. more], []);
        Assert.Equal(commandLine, runner.StandardOutput.ReadLine());
        return runner;
    }

    private static int[] Children(Process runner)
    {
        IEnumerable<string> tasks = Directory.GetDirectories($"/proc/{runner.Id}/task");
        int[] children = [.. tasks.SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(int.Parse)];
        Assert.NotEmpty(children);
        return children;
    }

    private static void ExpectEnd(Process runner, int expected, int[] qemu)
    {
        Assert.True(runner.WaitForExit(TimeSpan.FromMinutes(2)), "the runner did not end");
        Assert.Equal(expected, runner.ExitCode);
        Assert.All(qemu, id => Assert.False(Directory.Exists($"/proc/{id}"), "QEMU outlived the runner"));
    }
}
