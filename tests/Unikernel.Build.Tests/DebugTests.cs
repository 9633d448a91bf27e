using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Unikernel.Build.Tests;

/// <summary>Source-level debugging through QEMU's gdb stub, as `dotnet run -p:UnikernelDebug=true` offers it.</summary>
public sealed class DebugTests : IDisposable
{
    private const string Source = """
        static class Program
        {
            static int Main(string[] args)
            {
                int start = 20 + args.Length;
                int answer = Square(start);
                System.Console.WriteLine(answer);
                return 5;
            }

            [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
            static int Square(int number)
            {
                int result = number * number;
                result += 1;
                return result;
            }
        }
        """;

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void GdbStopsAtALineAndKnowsLocals()
    {
        int port = FreePort();
        _project.WriteProject("App", Source);
        using Process run = Command.Start(_project.Folder, "dotnet",
            ["run", "-r", TestProject.Rid, "-p:UnikernelDebug=true", $"-p:UnikernelDebugPort={port}", "-p:UnikernelAccelerator=tcg"], []);
        string? line;
        while ((line = run.StandardError.ReadLine()) is not null && !line.Contains("target remote", StringComparison.Ordinal))
        {
        }

        Assert.NotNull(line); // the line to type: gdb SYMBOLS -ex 'target remote 127.0.0.1:PORT'
        Assert.EndsWith($" -ex 'target remote 127.0.0.1:{port}'", line, StringComparison.Ordinal);
        string symbols = line.Trim().Split(' ')[1];
        Assert.True(File.Exists(symbols), symbols);

        string[] commands =
        [
            "set pagination off", "set confirm off", $"target remote 127.0.0.1:{port}", "break Program.cs:14", "continue", "bt 2",
            "print number", "next", "print result", "next", "print result", "up", "print start", "delete", "detach",
        ];
        Outcome gdb = Command.Run("/", "gdb", ["-batch", "-nx", symbols, .. commands.SelectMany(command => new[] { "-ex", command })], "", []);
        string[] expected =
        [
            "Breakpoint 1 at", "Breakpoint 1, App_Program__Square (number=20) at", "Program.cs:14",
            "#1 ", "App_Program__Main", "Program.cs:6", "$1 = 20", "$2 = 400", "$3 = 401", "$4 = 20",
        ];
        int at = 0;
        foreach (string text in expected)
        {
            int found = gdb.Output.IndexOf(text, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{text}' is missing after offset {at}:\n{gdb.Output}");
            at = found;
        }

        Assert.Contains("401", run.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.True(run.WaitForExit(TimeSpan.FromMinutes(1)), "the machine goes on after gdb detached");
        Assert.Equal(5, run.ExitCode);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
