using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>A guest with a program in it, as a QEMU command without serial port and display.</summary>
internal sealed record Subject(string Name, IReadOnlyList<string> Qemu)
{
    private static readonly string[] s_common =
        ["-accel", "tcg", "-cpu", "max", "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"];

    /// <summary>The machine as `dotnet run` has it, for all guests: without ports for disks, on which the firmware waits.</summary>
    public static string Machine(string name) => name == "q35" ? "q35,sata=off" : name;

    public static Subject Unikernel(string machine, string program, string memory, params string[] arguments)
    {
        string image = Path.Combine(GuestProgram.Named(program).Published(GuestProgram.UnikernelRid), program + ".elf");
        string[] append = arguments.Length == 0 ? [] : ["-append", "-- " + string.Join(' ', arguments)];
        return new Subject($"unikernel {machine}", ["-machine", Machine(machine), "-m", memory, .. s_common, "-device", "isa-debug-exit", "-kernel", image, .. append]);
    }

    /// <summary>What starting takes without any of our code: the emulator and its firmware, and a program that only prints the line.</summary>
    public static Subject Floor(string machine, string line) => new(
        $"firmware alone {machine}",
        ["-machine", Machine(machine), "-m", "256M", .. s_common, "-kernel", Path.Combine(Repository.Root, "artifacts", "floor.elf"), "-append", line]);

    public static Subject Linux(string machine, string program, string memory, params string[] arguments)
    {
        string initramfs = LinuxGuest.Initramfs(GuestProgram.Named(program).Published(GuestProgram.LinuxRid), program, arguments);
        string kernel = machine == "microvm" ? LinuxGuest.Vmlinux : LinuxGuest.BzImage;

        // With the ACPI tables of microvm Debian's kernel waits for ever for a timer to calibrate its clock by.
        string type = machine == "microvm" ? "microvm,acpi=off" : Machine(machine);
        return new Subject(
            $"Linux {machine}",
            ["-machine", type, "-m", memory, .. s_common, "-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1 reboot=t"]);
    }
}
