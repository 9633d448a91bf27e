using System.Text;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>
/// The Linux guest to compare with: the distribution's cloud kernel, and an initramfs that holds the same program as a linux-x64
/// NativeAOT build, the shared libraries that it names, and a static init.
/// </summary>
internal static class LinuxGuest
{
    private static string Folder => Path.Combine(Repository.Root, "artifacts", "linux-guest");

    /// <summary>The kernel as the distribution ships it, for q35.</summary>
    public static string BzImage => Directory.GetFiles(Path.Combine(Folder, "boot"), "vmlinuz-*").Single();

    /// <summary>The uncompressed kernel, for microvm, which starts it by its PVH note.</summary>
    public static string Vmlinux => Path.Combine(Folder, "vmlinux");

    /// <summary>
    /// What the kernel must be told to boot on microvm with ACPI, without which Debian's finds no virtio device there
    /// (VIRTIO_MMIO_CMDLINE_DEVICES is off): this machine has no timer by which it could calibrate the processor's counter, and
    /// waits for ever for one. The emulator's counter is the host's.
    /// </summary>
    public static string Clock(string machine) => machine == "microvm" ? " tsc_early_khz=" + File.ReadAllText(Path.Combine(Folder, "tsc-khz")).Trim() : "";

    /// <summary>What a network card needs, in the order of loading: the cloud kernel has all of virtio as modules.</summary>
    private static readonly string[] s_networkModules =
        ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_mmio", "failover", "net_failover", "virtio_net"];

    /// <summary>Writes an initramfs for the program with these arguments; with a network, its card has the address 10.0.2.15.</summary>
    public static string Initramfs(string programFolder, string name, IReadOnlyList<string> arguments, IReadOnlyList<string>? environment = null, bool network = false)
    {
        string program = Path.Combine(programFolder, name);
        string file = Path.Combine(Folder, $"{name}-{string.Join('-', arguments).Replace('/', '_')}{(network ? "-network" : "")}.cpio");
        using FileStream stream = File.Create(file);
        CpioWriter cpio = new(stream);
        cpio.Folder("dev");
        cpio.CharacterDevice("dev/console", 5, 1);
        cpio.Folder("proc");
        cpio.File("init", File.ReadAllBytes(Path.Combine(Folder, "init")), executable: true);
        cpio.File("arguments", Encoding.UTF8.GetBytes(string.Concat(arguments.Select(a => a + "\n"))), executable: false);
        cpio.File("environment", Encoding.UTF8.GetBytes(string.Concat((environment ?? []).Select(v => v + "\n"))), executable: false);
        cpio.Folder("app");
        cpio.File("app/program", File.ReadAllBytes(program), executable: true);
        AddFiles(cpio, programFolder, name);
        if (network)
        {
            AddModules(cpio);
        }

        HashSet<string> folders = [];
        foreach (string library in Libraries(program))
        {
            string[] parts = library.TrimStart('/').Split('/');
            for (int i = 1; i < parts.Length; i++)
            {
                string folder = string.Join('/', parts[..i]);
                if (folders.Add(folder))
                {
                    cpio.Folder(folder);
                }
            }

            cpio.File(library.TrimStart('/'), File.ReadAllBytes(library), executable: true);
        }

        cpio.End();
        return file;
    }

    // What publish put beside the program, but for its symbols.
    private static void AddFiles(CpioWriter cpio, string folder, string name)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string relative = Path.GetRelativePath(folder, entry);
            if (Directory.Exists(entry))
            {
                cpio.Folder("app/" + relative);
            }
            else if (relative != name && relative != name + ".dbg")
            {
                cpio.File("app/" + relative, File.ReadAllBytes(entry), executable: false);
            }
        }
    }

    private static void AddModules(CpioWriter cpio)
    {
        foreach (string module in s_networkModules)
        {
            string file = Directory.GetFiles(Path.Combine(Folder, "modules"), module + ".ko", SearchOption.AllDirectories).Single();
            cpio.File(module + ".ko", File.ReadAllBytes(file), executable: false);
        }

        cpio.File("modules", Encoding.UTF8.GetBytes(string.Concat(s_networkModules.Select(m => $"/{m}.ko\n"))), executable: false);
    }

    /// <summary>The paths in ldd's answer: `libm.so.6 => /lib/... (0x...)`, and the loader as `/lib64/ld-linux-x86-64.so.2 (0x...)`.</summary>
    private static IEnumerable<string> Libraries(string program)
    {
        Outcome ldd = Processes.Run("ldd", [program], null, "", TimeSpan.FromSeconds(10));
        return ldd.Output.Split('\n').SelectMany(line => line.Split(' ', '\t')).Where(word => word.StartsWith('/')).Distinct();
    }
}
