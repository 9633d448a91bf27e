using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Unikernel.Run;

/// <summary>
/// QEMU as if it were the program: signals and input of this process reach the guest, and the guest's end ends it.
/// </summary>
/// <remarks>
/// Ctrl+C goes to the guest as the byte 0x03, which the core takes for SIGINT as a terminal does; SIGTERM presses the power button. So a program can
/// stop gracefully. A guest that has not said on its debug console that the signal would reach it (`signal 2`, `signal 15`) takes no notice of it:
/// it is switched off at once, the default of a process. So is a machine that is still there after the time of grace, or when a second signal comes.
/// </remarks>
public sealed class GuestProcess : IDisposable
{
    private const byte EndOfText = 0x03, EndOfTransmission = 0x04;

    private readonly Process _qemu;
    private readonly string _report;
    private readonly string _monitorSocket;
    private readonly TimeSpan _grace;
    private readonly Lock _inputLock = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Timer? _switchOff;
    private int _signal;

    private GuestProcess(Process qemu, string report, string monitorSocket, TimeSpan grace)
    {
        _qemu = qemu;
        _report = report;
        _monitorSocket = monitorSocket;
        _grace = grace;
        foreach (PosixSignal signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>The signal that ended the machine, as its number; 0: none came.</summary>
    public int Signal => _signal;

    /// <summary>The machine was switched off because the program did not end in time.</summary>
    public bool SwitchedOff { get; private set; }

    /// <param name="report">The file that gets what the guest writes to its debug console.</param>
    /// <param name="monitorSocket">Where QEMU's monitor listens.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static GuestProcess Start(RunOptions options, IEnumerable<string> arguments, string report, string monitorSocket)
    {
        // In a session of its own QEMU does not get the terminal's Ctrl+C, which would end it before the program could.
        string? setsid = File.Exists("/usr/bin/setsid") && File.Exists(FindInPath(options.Qemu)) ? "/usr/bin/setsid" : null;
        ProcessStartInfo start = new(setsid ?? options.Qemu) { RedirectStandardInput = true, UseShellExecute = false };
        if (setsid is not null)
            start.ArgumentList.Add(options.Qemu);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        Process qemu = Process.Start(start) ?? throw new InvalidOperationException("no process");
        return new GuestProcess(qemu, report, monitorSocket, options.Debug ? TimeSpan.Zero : TimeSpan.FromSeconds(options.StopTimeout));
    }

    /// <summary>Passes on standard input until the machine ends; returns QEMU's status.</summary>
    public int WaitForExit()
    {
        Thread input = new(PumpInput) { IsBackground = true };
        input.Start();
        _qemu.WaitForExit();
        return _qemu.ExitCode;
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _switchOff?.Dispose();
        _qemu.Dispose();
    }

    private static string FindInPath(string program) => program.Contains('/')
        ? program
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists) ?? program;

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        int signal = context.Signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGHUP => 1, _ => 15 };
        bool first = Interlocked.CompareExchange(ref _signal, signal, 0) == 0;
        if (!first || _grace == TimeSpan.Zero || !Arrives(signal == 2 ? 2 : 15))
        {
            SwitchOff();
            return;
        }

        if (signal == 2)
            Send(EndOfText);
        else
            PressPowerButton();
        _switchOff = new Timer(_ => SwitchOff(), null, _grace, Timeout.InfiniteTimeSpan);
    }

    private bool Arrives(int signal) => File.Exists(_report) && File.ReadAllText(_report).Split('\n').Contains($"signal {signal}");

    private void SwitchOff()
    {
        try
        {
            SwitchedOff = true;
            _qemu.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private void PressPowerButton()
    {
        try
        {
            using Socket monitor = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            monitor.Connect(new UnixDomainSocketEndPoint(_monitorSocket));
            monitor.Send("system_powerdown\n"u8);
            byte[] reply = new byte[4096]; // QEMU reads the command before it prints the next prompt
            StringBuilder text = new();
            while (text.ToString().Split("(qemu) ").Length < 3)
            {
                int count = monitor.Receive(reply);
                if (count == 0)
                    return;
                text.Append(Encoding.ASCII.GetString(reply, 0, count));
            }
        }
        catch (SocketException)
        {
            // QEMU has ended, or not begun to listen: the time of grace runs.
        }
    }

    // The serial line has no end of file: the guest takes EOT for it, as a terminal does.
    private void PumpInput()
    {
        using Stream host = Console.OpenStandardInput();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = host.Read(buffer)) > 0)
            Send(buffer.AsSpan(0, count));
        Send(EndOfTransmission);
    }

    private void Send(params ReadOnlySpan<byte> bytes)
    {
        try
        {
            lock (_inputLock)
            {
                Stream guest = _qemu.StandardInput.BaseStream;
                guest.Write(bytes);
                guest.Flush();
            }
        }
        catch (IOException)
        {
            // The machine ended while we wrote: nobody is there to read.
        }
    }
}
