using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Unikernel.Run;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Boot;

/// <summary>
/// Boots an image in QEMU, stops it where the runtime is up and Main is next, and reads what its memory is used for. The image is the one that is
/// shipped: what reads is the emulator's debugger, and the image has no code for it.
/// </summary>
public static class BootMeasurement
{
    /// <summary>What the stock bootstrapper calls when the runtime is initialised (nativeaot/Bootstrap/main.cpp).</summary>
    private const string Main = "__managed__Main";

    private const int LinesOfConsole = 5;

    /// <summary>Adds what a boot tells to a report, instead of what an earlier one told.</summary>
    /// <exception cref="InputException">The image did not come to Main, or the emulator could not be started.</exception>
    public static void Measure(SizeReport report, RunOptions options, TimeSpan timeout)
    {
        string symbolPath = options.Image + ".dbg";
        ElfFile symbols = ElfFile.Read(symbolPath);
        ulong main = GuestMemory.Address(symbols, symbolPath, Main);
        string folder = Directory.CreateTempSubdirectory("unikernel-size-").FullName;
        try
        {
            string socket = Path.Combine(folder, "gdb");
            options.QemuArguments.AddRange(["-S", "-chardev", $"socket,id=gdb,path={socket},server=on,wait=off", "-gdb", "chardev:gdb"]);
            bool kvm = options.Accelerator switch { "kvm" => true, "tcg" => false, _ => QemuCommand.KvmUsable() };
            using var qemu = new Emulator(options.Qemu, QemuCommand.Arguments(options, Path.Combine(folder, "exit"), Path.Combine(folder, "monitor"), kvm));
            try
            {
                using GdbRemote remote = qemu.Connect(socket, timeout);
                remote.BreakAt(main);
                remote.Continue(timeout);
                List<MemoryUse> measured = [.. new GuestMemory(remote.Read, symbols, symbolPath).Measure()];
                report.Memory.RemoveAll(m => m.Measured);
                report.Memory.AddRange(measured);
            }
            catch (IOException e)
            {
                throw new InputException(options.Image, string.Create(CultureInfo.InvariantCulture, $"did not come to Main in {timeout.TotalSeconds:0} s of a machine with {options.Memory}: {e.Message}{qemu.LastWords(LinesOfConsole)}"));
            }
        }
        catch (Win32Exception e)
        {
            throw new InputException(options.Qemu, $"can not be started, and the memory of a boot is asked for: {e.Message}. Install QEMU (qemu-system-x86), or name the emulator with --qemu or the property UnikernelQemu");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>QEMU, and what its machine has printed.</summary>
    private sealed class Emulator : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _console = new();

        public Emulator(string program, List<string> arguments)
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => Add(line.Data);
            _process.ErrorDataReceived += (_, line) => Add(line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public GdbRemote Connect(string socket, TimeSpan timeout)
        {
            var watch = Stopwatch.StartNew();
            GdbRemote? remote;
            while (!GdbRemote.TryConnect(socket, out remote))
            {
                if (_process.WaitForExit(TimeSpan.FromMilliseconds(20)))
                    throw new IOException($"QEMU ended with status {_process.ExitCode}");
                if (watch.Elapsed > timeout)
                    throw new IOException("QEMU did not listen for a debugger");
            }

            return remote!;
        }

        public string LastWords(int lines)
        {
            if (_process.HasExited)
                _process.WaitForExit(); // for the rest of its output
            lock (_console)
            {
                string[] all = _console.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return all.Length == 0 ? "" : "\n" + string.Join('\n', all.TakeLast(lines).Select(l => "  " + l));
            }
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Add(string? line)
        {
            lock (_console)
                _console.Append(line).Append('\n');
        }
    }
}
