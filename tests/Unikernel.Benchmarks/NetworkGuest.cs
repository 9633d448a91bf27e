using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>
/// A guest that runs a program on the network of this process: benchmark.sh has made a namespace with a tap device, in which the
/// host is 10.0.2.2 and the guest 10.0.2.15.
/// </summary>
internal sealed class NetworkGuest : IDisposable
{
    public static readonly IPAddress Address = new([10, 0, 2, 15]);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_attempts = TimeSpan.FromMilliseconds(10);

    // example.com SOA
    private static readonly byte[] s_query = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. "example"u8, 3, .. "com"u8, 0, 0, 6, 0, 1];

    /// <summary>Words for the unikernel's command line, to try a setting out.</summary>
    public static string MoreWords { get; set; } = "";

    private readonly Process _qemu;
    private readonly string _folder = Directory.CreateTempSubdirectory("unikernel-network").FullName;
    private readonly long _started;

    /// <param name="program">What it runs.</param>
    /// <param name="linux">In the Linux guest.</param>
    /// <param name="machine">microvm or q35.</param>
    /// <param name="memory">As QEMU's -m.</param>
    /// <param name="plugin">icount or profile: counts its instructions, as a whole or by function.</param>
    public NetworkGuest(SampleProgram program, bool linux, string machine, string memory = "256M", string? plugin = null)
    {
        Program = program;
        ProcessStartInfo start = new(Measure.Emulator) { RedirectStandardInput = true };
        List<string> arguments =
        [
            "-machine", Subject.Machine(machine), "-m", memory, "-accel", "tcg", "-cpu", "max", "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-global", "virtio-mmio.force-legacy=false", "-serial", "file:" + System.IO.Path.Combine(_folder, "log"),
            "-netdev", "tap,id=net0,ifname=tap0,script=no,downscript=no,vhost=off",
            "-device", machine == "microvm" ? "virtio-net-device,netdev=net0" : "virtio-net-pci,netdev=net0,romfile=",
        ];
        if (linux)
        {
            string initramfs = LinuxGuest.Initramfs(program.Published(GuestProgram.LinuxRid), program.Name, [], ["ASPNETCORE_HTTP_PORTS=8080"], network: true);
            arguments.AddRange(["-kernel", machine == "microvm" ? LinuxGuest.Vmlinux : LinuxGuest.BzImage, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1 reboot=t" + LinuxGuest.Clock(machine)]);
        }
        else
        {
            string image = System.IO.Path.Combine(program.Published(GuestProgram.UnikernelRid), program.Name + ".elf");
            if (program == SampleProgram.Load)
            {
                // Its network monitor (docs/network.md).
                arguments.AddRange(
                [
                    "-chardev", $"socket,id=look,path={MonitorSocket},server=on,wait=off", "-device", machine == "microvm" ? "virtio-serial-device" : "virtio-serial-pci",
                    "-device", "virtconsole,chardev=look",
                ]);
            }

            arguments.AddRange(["-device", "isa-debug-exit", "-kernel", image, "-append", $"ip=10.0.2.15::10.0.2.2:255.255.255.0 {MoreWords}"]);
        }

        if (plugin is not null)
        {
            arguments.AddRange(["-plugin", $"{System.IO.Path.Combine(Repository.Root, "artifacts", plugin + ".so")},out={Counts}"]);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _started = Stopwatch.GetTimestamp();
        _qemu = Process.Start(start)!;
    }

    public SampleProgram Program { get; }

    private string MonitorSocket => System.IO.Path.Combine(_folder, "look");

    /// <summary>The counters of the stack in the guest of <see cref="SampleProgram.Load"/> that are not zero, by name.</summary>
    public Dictionary<string, long> Counters() =>
        (from line in Look("counters").Split('\n')
         let words = line.Split(' ')
         where words.Length == 2
         select words).ToDictionary(w => w[0], w => long.Parse(w[1], CultureInfo.InvariantCulture));

    /// <summary>What the network monitor says to a line.</summary>
    public string Look(string line)
    {
        using Socket look = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        look.Connect(new UnixDomainSocketEndPoint(MonitorSocket));
        look.Send(Encoding.ASCII.GetBytes(line + "\n"));
        StringBuilder answer = new();
        byte[] buffer = new byte[4096];
        while (!answer.ToString().EndsWith("\n.\n", StringComparison.Ordinal))
        {
            answer.Append(Encoding.ASCII.GetString(buffer, 0, look.Receive(buffer)));
        }

        return answer.ToString();
    }

    /// <summary>Guest instructions until now.</summary>
    public ulong Instructions => BitConverter.ToUInt64(File.ReadAllBytes(Counts));

    /// <summary>CPU time of QEMU until now, in seconds.</summary>
    public double CpuSeconds
    {
        get
        {
            _qemu.Refresh();
            return _qemu.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>What the plugin writes.</summary>
    public string Counts => System.IO.Path.Combine(_folder, "counts");

    /// <summary>Milliseconds from the start of QEMU to the first answer, asked for every 10 ms; null when none comes.</summary>
    public double? UntilAnswer()
    {
        while (Stopwatch.GetElapsedTime(_started) < s_patience && !_qemu.HasExited)
        {
            long attempt = Stopwatch.GetTimestamp();
            if (Program == SampleProgram.DnsServer ? AnswersQuery() : AnswersRequest())
            {
                return Stopwatch.GetElapsedTime(_started).TotalMilliseconds;
            }

            TimeSpan rest = s_attempts - Stopwatch.GetElapsedTime(attempt);
            if (rest > TimeSpan.Zero)
            {
                Thread.Sleep(rest);
            }
        }

        return null;
    }

    /// <summary>wrk against the program: requests, requests a second, the 99th percentile in ms.</summary>
    public (long Requests, double Rate, double P99) Wrk(int connections, int seconds)
    {
        string output = Run("wrk", "-t1", $"-c{connections}", $"-d{seconds}s", "--latency", $"http://{Address}:{Program.Port}{Program.Path}");
        string p99 = Word(output, "99%", 1);
        double unit = p99.EndsWith("us", StringComparison.Ordinal) ? 0.001 : p99.EndsWith("ms", StringComparison.Ordinal) ? 1 : 1000;
        return (long.Parse(Word(output, "requests in", -1), CultureInfo.InvariantCulture), Number(Word(output, "Requests/sec:", 1)), Number(p99.TrimEnd('m', 'u', 's')) * unit);
    }

    /// <summary>dnsperf: queries that were answered, and queries a second.</summary>
    public (long Queries, double Rate) DnsPerf(int seconds)
    {
        string names = System.IO.Path.Combine(_folder, "names");
        File.WriteAllLines(names, Enumerable.Range(0, 1000).Select(i => $"host{i}.wild.example.com A"));
        string output = Run("dnsperf", "-s", Address.ToString(), "-p", "53", "-d", names, "-l", seconds.ToString(CultureInfo.InvariantCulture), "-c", "1", "-q", "32", "-T", "1");
        return (long.Parse(Word(output, "Queries completed:", 1), CultureInfo.InvariantCulture), Number(Word(output, "Queries per second:", 1)));
    }

    /// <summary>Bytes a second of a long answer.</summary>
    public double Download(long bytes)
    {
        string output = Run("curl", "-s", "-o", "/dev/null", "-w", "speed: %{speed_download} size: %{size_download}\n", $"http://{Address}:{Program.Port}/bytes/{bytes}");
        if (Word(output, "size:", 1) != bytes.ToString(CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException(output);
        }

        return Number(Word(output, "speed:", 1));
    }

    public void Dispose()
    {
        _qemu.Kill();
        _qemu.WaitForExit();
        _qemu.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool AnswersRequest()
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000, SendTimeout = 5000 };
            Task connecting = socket.ConnectAsync(Address, Program.Port);
            if (!connecting.Wait(100)) // a SYN that went before QEMU had opened the tap would be repeated after a second
            {
                return false;
            }

            socket.Send(Encoding.ASCII.GetBytes($"GET {Program.Path} HTTP/1.1\r\nHost: guest\r\n\r\n"));
            byte[] answer = new byte[4096];
            return Encoding.ASCII.GetString(answer, 0, socket.Receive(answer)).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or AggregateException)
        {
            return false; // not there yet
        }
    }

    private static bool AnswersQuery()
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10 };
            socket.Connect(Address, 53);
            socket.Send(s_query);
            return socket.Receive(new byte[2048]) > s_query.Length;
        }
        catch (SocketException)
        {
            return false; // not there yet
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        Outcome outcome = Processes.Run(program, arguments, null, "", TimeSpan.FromMinutes(2));
        return outcome.ExitCode == 0 ? outcome.Output : throw new InvalidOperationException($"{outcome.CommandLine}: {outcome.Output}");
    }

    /// <summary>The word at a distance after (or before) a label.</summary>
    private static string Word(string output, string label, int distance)
    {
        int at = output.IndexOf(label, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new InvalidOperationException($"'{label}' is not in: {output}");
        }

        char[] blanks = [' ', '\n', '\t'];
        return distance > 0
            ? output[(at + label.Length)..].Split(blanks, StringSplitOptions.RemoveEmptyEntries)[distance - 1]
            : output[..at].Split(blanks, StringSplitOptions.RemoveEmptyEntries)[distance == -1 ? ^1 : ^2];
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
