using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Unikernel.Run;
using Unikernel.Testing;

namespace Unikernel.Samples.Tests;

/// <summary>A sample, published once for all tests and booted in QEMU with a network of its own.</summary>
internal sealed class Sample : IDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_images = new();

    private readonly Process _qemu;
    private readonly ConsoleCapture _console;
    private readonly string _exitCodeFile;

    private Sample(Process qemu, string exitCodeFile, int port)
    {
        _qemu = qemu;
        _console = new ConsoleCapture(qemu);
        _exitCodeFile = exitCodeFile;
        Port = port;
    }

    /// <summary>The port of 127.0.0.1, TCP and UDP, that leads to the program's.</summary>
    public int Port { get; }

    /// <summary>What the machine has printed so far.</summary>
    public string Console => _console.Text;

    /// <summary>The sample's image, published once, with its size report beside it.</summary>
    public static string Image(string name) => s_images.GetOrAdd(name, sample => new Lazy<string>(() => Publish(sample))).Value;

    /// <summary>Boots the sample and waits until it has printed <paramref name="ready"/>.</summary>
    /// <param name="name">A sample, or a program of tests/guest.</param>
    /// <param name="machine">microvm or q35.</param>
    /// <param name="guestPort">The program's port, TCP and UDP.</param>
    /// <param name="ready">What it prints when it can be asked.</param>
    /// <param name="memory">As QEMU's -m.</param>
    /// <param name="qemuArguments">More for QEMU.</param>
    public static async Task<Sample> BootAsync(string name, string machine, int guestPort, string ready, string memory = "64M", string qemuArguments = "")
    {
        string image = Image(name);
        int port = FreePort();
        string exitCodeFile = Path.GetTempFileName();
        RunOptions options = RunOptions.Parse(
        [
            "--image", image, "--machine", machine, "--memory", memory, "--accelerator", "tcg", "--network", "user",
            "--port", $"{port}:{guestPort}", "--port", $"{port}:{guestPort}/udp", "--qemu-arguments", qemuArguments,
        ]);
        ProcessStartInfo start = new(options.Qemu) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in QemuCommand.Arguments(options, exitCodeFile, exitCodeFile + ".monitor", kvm: false))
        {
            start.ArgumentList.Add(argument);
        }

        Sample booted = new(Process.Start(start)!, exitCodeFile, port);
        Stopwatch clock = Stopwatch.StartNew();
        while (!booted.Console.Contains(ready, StringComparison.Ordinal))
        {
            if (booted._qemu.HasExited || clock.Elapsed > TimeSpan.FromMinutes(3))
            {
                string console = booted.Console;
                booted.Dispose();
                throw new InvalidOperationException($"{name} on {machine} did not print '{ready}':\n{console}");
            }

            await Task.Delay(20);
        }

        return booted;
    }

    public void Dispose()
    {
        _qemu.Kill();
        _qemu.WaitForExit();
        _qemu.Dispose();
        File.Delete(_exitCodeFile);
        File.Delete(_exitCodeFile + ".monitor"); // QEMU leaves its socket behind
    }

    private static string Publish(string name)
    {
        string folder = Path.Combine(Root, "artifacts", "samples", name), project = Path.Combine(Root, "samples", name);
        if (!Directory.Exists(project))
        {
            project = Path.Combine(Root, "tests", "guest", name);
        }

        (int status, string output) = PublishTo(project, folder);
        if (status != 0)
        {
            throw new InvalidOperationException(output);
        }

        string report = name + ".size.json";
        File.Copy(Path.Combine(project, "bin", "Release", "net10.0", "unikernel-x64", "native", report), Path.Combine(folder, report), overwrite: true);
        return Path.Combine(folder, name + ".elf");
    }

    /// <summary>This clone.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Publishes a project as a unikernel; returns the exit code and what was printed.</summary>
    public static (int Status, string Output) PublishTo(string project, string folder, params string[] more)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["publish", project, "-c", "Release", "-r", "unikernel-x64", "-o", folder, "--nologo", "-v", "q", "-tl:off", .. more])
        {
            start.ArgumentList.Add(argument);
        }

        using Process publish = Process.Start(start)!;
        string output = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        return (publish.ExitCode, output);
    }

    private static string FindRoot()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "pack.sh")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests run from the clone's build output.");
        }

        return root;
    }

    /// <summary>A port that is free for TCP and UDP at the moment of asking.</summary>
    private static int FreePort()
    {
        while (true)
        {
            using Socket tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int port = ((IPEndPoint)tcp.LocalEndPoint!).Port;
            using Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken for UDP: ask for another.
            }
        }
    }
}
