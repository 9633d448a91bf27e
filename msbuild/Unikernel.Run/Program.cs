using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Unikernel.Diagnostics;
using Unikernel.Run;

// Exit codes: the program's own; 250 when the machine ended without saying one; 2 for wrong arguments; 130 after Ctrl+C, 143 after SIGTERM.

RunOptions options;
try
{
    options = RunOptions.Parse(args);
}
catch (Exception e) when (e is FormatException or IOException)
{
    Console.Error.WriteLine($"Unikernel.Run: {e.Message}");
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

if (!File.Exists(options.Image))
    return Fail(BuildRules.ImageMissing, options.Image);

bool kvm = options.Accelerator switch { "kvm" => true, "tcg" => false, _ => QemuCommand.KvmUsable() };
string exitCodeFile = Path.GetTempFileName();
int signal = 0;
try
{
    ProcessStartInfo start = new(options.Qemu) { RedirectStandardInput = true, UseShellExecute = false };
    foreach (string argument in QemuCommand.Arguments(options, exitCodeFile, kvm))
        start.ArgumentList.Add(argument);

    if (options.Debug)
    {
        string symbols = options.Symbols ?? options.Image;
        Console.Error.WriteLine("The machine waits for gdb before its first instruction. In another terminal:");
        Console.Error.WriteLine($"  gdb {CommandWords.Quote(symbols)} -ex 'target remote 127.0.0.1:{options.DebugPort}'");
    }

    using Process qemu = Process.Start(start) ?? throw new InvalidOperationException("no process");

    // Ctrl+C reaches QEMU by itself (same process group) and ends it; here it only must not end us before QEMU is gone.
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        signal = context.Signal switch { PosixSignal.SIGINT => 2, PosixSignal.SIGHUP => 1, _ => 15 };
        try
        {
            qemu.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    Thread input = new(() => PumpInput(qemu.StandardInput.BaseStream)) { IsBackground = true };
    input.Start();
    qemu.WaitForExit();
    if (signal != 0)
        return 128 + signal;
    string report = File.ReadAllText(exitCodeFile);
    Backtrace.Print(Backtrace.Addresses(report), options.Symbols ?? options.Image + ".dbg", Console.Error);
    return ExitCode(qemu.ExitCode, report);
}
catch (Win32Exception e)
{
    return Fail(BuildRules.QemuMissing, options.Qemu, e.Message);
}
finally
{
    File.Delete(exitCodeFile);
}

// The program's code as the guest reported it; else what is known about why it did not.
int ExitCode(int qemuStatus, string reported)
{
    if (int.TryParse(reported.Trim().Split('\n')[^1], out int code))
        return code & 0xff;
    if (qemuStatus == 0)
        return Fail(BuildRules.MachineEndedWithoutCode, options.Image);
    return Fail(BuildRules.QemuFailed, options.Qemu, qemuStatus);
}

// The serial line has no end of file: the guest takes EOT (Ctrl+D, 0x04) for it, as a terminal does.
static void PumpInput(Stream guest)
{
    using Stream host = Console.OpenStandardInput();
    byte[] buffer = new byte[4096];
    try
    {
        int count;
        while ((count = host.Read(buffer)) > 0)
        {
            guest.Write(buffer, 0, count);
            guest.Flush();
        }
        guest.WriteByte(0x04);
        guest.Flush();
    }
    catch (IOException)
    {
        // The machine ended while we wrote: nobody is there to read.
    }
}

static int Fail(Rule rule, params object[] arguments)
{
    Console.Error.WriteLine($"Unikernel.Run : error {rule.Id}: {rule.Format(arguments)} ({rule.HelpLink})");
    return 250;
}
