namespace Unikernel.Run;

/// <summary>The QEMU command for an image: a machine with a serial console, a way to report the exit code, and nothing else.</summary>
public static class QemuCommand
{
    /// <param name="monitorSocket">A Unix socket for QEMU's monitor, which has the power button.</param>
    /// <param name="exitCodeFile">QEMU writes here what the guest writes to port 0xe9: its exit code in decimal.</param>
    public static List<string> Arguments(RunOptions options, string exitCodeFile, string monitorSocket, bool kvm)
    {
        List<string> arguments =
        [
            // Ports for disks, on which nothing is, the firmware would ask for 10 ms.
            "-machine", options.Machine == "q35" ? "q35,sata=off" : options.Machine,
            "-accel", kvm ? "kvm" : "tcg",
            "-cpu", options.Cpu.Length > 0 ? options.Cpu : kvm ? "host" : "max",
            "-m", options.Memory,
            "-smp", options.Cpus.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            // The terminal stays in the host's line mode (echo, editing): standard input is a pipe from this process.
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            // QEMU ends with status (code << 1) | 1, of which the host keeps 8 bits: the top bit of a code is lost (hw/misc/debugexit.c).
            // The guest also writes the code to the debug console, from where it comes back whole.
            "-device", "isa-debug-exit",
            "-chardev", $"file,id=exit,path={Escape(exitCodeFile)}", "-device", "isa-debugcon,iobase=0xe9,chardev=exit",
            "-chardev", $"socket,id=monitor,path={Escape(monitorSocket)},server=on,wait=off", "-mon", "chardev=monitor",
        ];
        if (options.Network)
            arguments.AddRange(NetworkArguments(options));
        if (options.Debug)
            arguments.AddRange(["-S", "-gdb", $"tcp:127.0.0.1:{options.DebugPort}"]);
        arguments.AddRange(options.QemuArguments);
        arguments.AddRange(["-kernel", options.Image]);
        string commandLine = options.GuestCommandLine();
        if (commandLine.Length > 0)
            arguments.AddRange(["-append", commandLine]);
        return arguments;
    }

    /// <summary>
    /// Hardware virtualisation is there and this user may use it. A /dev/kvm without VMX or SVM in the CPU (kvm-pvm in a nested machine) interprets
    /// kernel code, knows only part of the instructions, and ends with "KVM internal error".
    /// </summary>
    public static bool KvmUsable()
    {
        try
        {
            string flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
            if (!flags.Split(' ').Any(flag => flag is "vmx" or "svm"))
                return false;
            using FileStream device = new("/dev/kvm", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // absent, or no rights
        }
    }

    // A network of QEMU's own behind a NAT, with a DHCP and a DNS server in it; ports of the host lead to ports of the guest.
    private static List<string> NetworkArguments(RunOptions options)
    {
        string forwards = string.Concat(options.Ports.Select(port => $",hostfwd={port.Protocol}:{port.HostAddress}:{port.Host}-:{port.Guest}"));
        // Without an option ROM the firmware does not look for a boot server.
        string device = options.Machine == "microvm" ? "virtio-net-device,netdev=net0" : "virtio-net-pci,netdev=net0,romfile=";
        return ["-netdev", $"user,id=net0{forwards}", "-device", device];
    }

    // In QEMU's option lists a comma separates; a doubled one is a comma (qemu(1), "-drive").
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);
}
