using System.ComponentModel;
using Unikernel.Diagnostics;
using Unikernel.Run;

// Exit codes: the program's own; 250 when the machine ended without saying one; 2 for wrong arguments; when the machine had to be switched off, 130
// after Ctrl+C and 143 after SIGTERM.

RunOptions options;
try
{
    options = RunOptions.Parse(args);
}
catch (PropertyException e)
{
    return Fail(BuildRules.PropertyValueUnknown, e.Arguments);
}
catch (Exception e) when (e is FormatException or IOException)
{
    Console.Error.WriteLine($"Unikernel.Run: {e.Message}");
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

if (!File.Exists(options.Image))
    return Fail(BuildRules.ImageMissing, options.Image);

if (options.EnvironmentSince is { } before)
    options.PrependWords(EnvironmentDigest.WordsSince(before, Console.Error));

int commandLineLength = System.Text.Encoding.UTF8.GetByteCount(options.GuestCommandLine());
if (commandLineLength > RunOptions.LongestCommandLine)
    return Fail(BuildRules.CommandLineTooLong, commandLineLength);

bool kvm = options.Accelerator switch { "kvm" => true, "tcg" => false, _ => QemuCommand.KvmUsable() };
string folder = Directory.CreateTempSubdirectory("unikernel-run-").FullName;
string exitCodeFile = Path.Combine(folder, "exit"), monitorSocket = Path.Combine(folder, "monitor");
try
{
    if (options.Debug)
    {
        string symbols = options.Symbols ?? options.Image;
        Console.Error.WriteLine("The machine waits for gdb before its first instruction. In another terminal:");
        Console.Error.WriteLine($"  gdb {CommandWords.Quote(symbols)} -ex 'target remote 127.0.0.1:{options.DebugPort}'");
    }

    using GuestProcess guest = GuestProcess.Start(options, QemuCommand.Arguments(options, exitCodeFile, monitorSocket, kvm), exitCodeFile, monitorSocket);
    int status = guest.WaitForExit();
    string report = File.Exists(exitCodeFile) ? File.ReadAllText(exitCodeFile) : "";
    Backtrace.Print(Backtrace.Addresses(report), options.Symbols ?? options.Image + ".dbg", Console.Error);
    return ExitCode(guest, status, report);
}
catch (Win32Exception e)
{
    return Fail(BuildRules.QemuMissing, options.Qemu, e.Message);
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// The program's code as the guest reported it; else what is known about why it did not.
int ExitCode(GuestProcess guest, int qemuStatus, string reported)
{
    if (int.TryParse(reported.Trim().Split('\n')[^1], out int code))
        return code & 0xff;
    if (guest.Signal != 0)
        return 128 + guest.Signal;
    if (qemuStatus == 0)
        return Fail(BuildRules.MachineEndedWithoutCode, options.Image);
    return Fail(BuildRules.QemuFailed, options.Qemu, qemuStatus);
}

static int Fail(Rule rule, params object[] arguments)
{
    Console.Error.WriteLine($"Unikernel.Run : error {rule.Id}: {rule.Format(arguments)} ({rule.HelpLink})");
    return 250;
}
