using System.Text;
using Unikernel.Net;
using Unikernel.Net.Phy;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio;

/// <summary>Where a monitor reads its commands and writes its answers: a virtio console, or memory in tests.</summary>
public interface IMonitorPort
{
    /// <summary>Waits for at least one byte.</summary>
    int Read(Span<byte> buffer);

    void Write(ReadOnlySpan<byte> bytes);
}

/// <summary>
/// Looks into the network of a running machine on request, over a virtio console beside the serial port: a line with the name of a part of
/// <see cref="NetworkReport"/> prints it; <c>capture [INTERFACE]</c> turns the port into a pcap file that goes on from there. The option
/// <c>network.capture=INTERFACE</c> of the command line captures from the first frame on.
/// </summary>
public sealed class NetworkMonitor : ICaptureSink
{
    /// <summary>The option of the command line.</summary>
    public const string CaptureOption = "network.capture";

    private readonly IMonitorPort _port;
    private readonly Func<Instant> _clock;
    private readonly string? _captured;
    private readonly List<PcapDevice> _taps = [];

    /// <param name="port">Commands and answers.</param>
    /// <param name="clock">The time that frames are marked with: of the day, since 1970.</param>
    /// <param name="captured">The interface to capture from the start, or null.</param>
    public NetworkMonitor(IMonitorPort port, Func<Instant> clock, string? captured) => (_port, _clock, _captured) = (port, clock, captured);

    /// <summary>The monitor on the machine's first virtio console; null: it has none.</summary>
    public static NetworkMonitor? Find(IMachine machine, Func<Instant> clock, Action<string> log)
    {
        string? captured = machine.GetOption(CaptureOption, 0);
        foreach (VirtioTransport transport in VirtioBus.Discover(machine, static _ => { }))
        {
            if (transport.Kind != VirtioDeviceKind.Console) continue;
            try
            {
                return new NetworkMonitor(new ConsolePort(new VirtioConsole(transport)), clock, captured);
            }
            catch (DeviceException exception)
            {
                log(exception.Message);
            }
        }

        if (captured is not null) log($"{CaptureOption}={captured}: the machine has no virtio console to write to (QEMU: -device virtio-serial-pci -device virtconsole,chardev=...)");
        return null;
    }

    /// <summary>The device with a tap that can be opened.</summary>
    public INetDevice Tap(INetDevice device)
    {
        var tap = new PcapDevice(device, this, _clock) { IsCapturing = device.Name == _captured };
        _taps.Add(tap);
        return tap;
    }

    /// <summary>Answers commands until the port ends or becomes a capture.</summary>
    /// <param name="report">Prints a part; null: there is no such part.</param>
    public void Run(Func<string, string?> report)
    {
        if (_captured is not null) return;
        var line = new StringBuilder();
        Span<byte> buffer = stackalloc byte[64];
        int count;
        while ((count = _port.Read(buffer)) > 0)
        {
            foreach (byte b in buffer[..count])
            {
                if (b is not ((byte)'\n' or (byte)'\r'))
                {
                    if (line.Length < 80) line.Append((char)b);
                    continue;
                }

                if (line.Length > 0 && Obey(line.ToString(), report)) return;
                line.Clear();
            }
        }
    }

    // True: the port is a capture from now on.
    private bool Obey(string line, Func<string, string?> report)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is ["capture", ..])
        {
            PcapDevice? tap = words.Length > 1 ? _taps.Find(t => t.Name == words[1]) : _taps.FirstOrDefault();
            if (tap is not null)
            {
                tap.IsCapturing = true;
                return true;
            }
        }

        string answer = (words.Length == 1 ? report(words[0]) : null) ?? $"? {string.Join(", ", NetworkReport.Parts)}, capture [INTERFACE: {string.Join(", ", _taps.Select(t => t.Name))}]\n";
        _port.Write(Encoding.UTF8.GetBytes(answer + ".\n"));
        return false;
    }

    void ICaptureSink.Write(ReadOnlySpan<byte> bytes) => _port.Write(bytes);

    private sealed class ConsolePort(VirtioConsole console) : IMonitorPort
    {
        public int Read(Span<byte> buffer) => console.Read(buffer, Instant.Never);

        public void Write(ReadOnlySpan<byte> bytes) => console.Write(bytes, Instant.Never);
    }
}
