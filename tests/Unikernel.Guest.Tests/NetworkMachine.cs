using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Unikernel.Run;
using Unikernel.Testing;

namespace Unikernel.Guest.Tests;

/// <summary>The program NetworkState in a machine with the devices of the test's choice; it answers lines on the console.</summary>
internal sealed class NetworkMachine : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Process _qemu;
    private readonly ConsoleCapture _console;
    private readonly string _folder = Directory.CreateTempSubdirectory("unikernel-network").FullName;
    private readonly bool _microvm;
    private int _read; // of the console

    /// <param name="machine">microvm or q35.</param>
    /// <param name="devices">QEMU arguments: a device `virtio-net`, `virtio-rng`, `virtio-serial` gets the machine's suffix, DIR is a folder of the test's own.</param>
    /// <param name="words">The kernel command line.</param>
    /// <param name="memory">As QEMU's -m.</param>
    /// <param name="start">Called with the folder before the machine starts.</param>
    public NetworkMachine(string machine, string devices, string words = "", string memory = "128M", Action<string>? start = null)
    {
        _microvm = machine == "microvm";
        string image = Path.Combine(GuestProgram.Named("NetworkState").Published(GuestProgram.UnikernelRid), "NetworkState.elf");
        RunOptions options = RunOptions.Parse(
        [
            "--image", image, "--machine", machine, "--memory", memory, "--accelerator", "tcg", "--network", "none", "--command-line", words,
            "--qemu-arguments", (_microvm ? "-global virtio-mmio.force-legacy=false " : "") + Devices(devices),
        ]);
        start?.Invoke(_folder);
        ProcessStartInfo info = new(options.Qemu) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in QemuCommand.Arguments(options, Path.Combine(_folder, "exit"), MonitorSocket, kvm: false))
        {
            info.ArgumentList.Add(argument);
        }

        _qemu = Process.Start(info)!;
        _console = new ConsoleCapture(_qemu);
        WaitFor("ready\n");
    }

    /// <summary>A virtio console's socket, for a device `virtconsole,chardev=look` with `-chardev socket,id=look,path=DIR/look,server=on,wait=off`.</summary>
    public string LookSocket => Path.Combine(_folder, "look");

    private string MonitorSocket => Path.Combine(_folder, "monitor");

    /// <summary>All that the machine has printed.</summary>
    public string Console => _console.Text.Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>Sends a line and returns what the program answers, without the dot.</summary>
    public string Ask(string line)
    {
        _read = Console.Length;
        _qemu.StandardInput.Write(line + "\n");
        _qemu.StandardInput.Flush();
        string answer = WaitFor("\n.\n");
        return answer[..^"\n.\n".Length];
    }

    /// <summary>Asks until the answer is the wanted one.</summary>
    public void AskUntil(string line, string wanted)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string answer;
        while ((answer = Ask(line)) != wanted)
        {
            Assert.True(clock.Elapsed < s_patience, $"'{line}' should become '{wanted}' and is '{answer}':\n{Console}");
            Thread.Sleep(50);
        }
    }

    /// <summary>A command for QEMU's monitor.</summary>
    public void Monitor(string command)
    {
        using Socket monitor = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        monitor.Connect(new UnixDomainSocketEndPoint(MonitorSocket));
        monitor.Send(Encoding.ASCII.GetBytes(command + "\n"));
        byte[] reply = new byte[4096]; // QEMU reads the command before it prints the next prompt
        StringBuilder text = new();
        while (text.ToString().Split("(qemu) ").Length < 3)
        {
            int count = monitor.Receive(reply);
            Assert.NotEqual(0, count);
            text.Append(Encoding.ASCII.GetString(reply, 0, count));
        }
    }

    public void Dispose()
    {
        _qemu.Kill();
        _qemu.WaitForExit();
        _qemu.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Devices(string devices)
    {
        foreach (string device in (string[])["virtio-net", "virtio-rng", "virtio-serial"])
        {
            devices = devices.Replace($"-device {device}", $"-device {device}{(_microvm ? "-device" : "-pci")}", StringComparison.Ordinal);
        }

        return devices.Replace("DIR", _folder, StringComparison.Ordinal);
    }

    private string WaitFor(string text)
    {
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            string console = Console[_read..];
            int at = console.IndexOf(text, StringComparison.Ordinal);
            if (at >= 0)
            {
                return console[..(at + text.Length)];
            }

            Assert.False(_qemu.HasExited || clock.Elapsed > s_patience, $"No '{text}':\n{Console}");
            Thread.Sleep(10);
        }
    }
}
