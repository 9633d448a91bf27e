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

    /// <summary>Writes an initramfs for the program with these arguments.</summary>
    public static string Initramfs(string programFolder, string name, IReadOnlyList<string> arguments)
    {
        string program = Path.Combine(programFolder, name);
        string file = Path.Combine(Folder, $"{name}-{string.Join('-', arguments)}.cpio");
        using FileStream stream = File.Create(file);
        CpioWriter cpio = new(stream);
        cpio.Folder("dev");
        cpio.CharacterDevice("dev/console", 5, 1);
        cpio.Folder("proc");
        cpio.File("init", File.ReadAllBytes(Path.Combine(Folder, "init")), executable: true);
        cpio.File("arguments", Encoding.UTF8.GetBytes(string.Concat(arguments.Select(a => a + "\n"))), executable: false);
        cpio.File("program", File.ReadAllBytes(program), executable: true);
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

    /// <summary>The paths in ldd's answer: `libm.so.6 => /lib/... (0x...)`, and the loader as `/lib64/ld-linux-x86-64.so.2 (0x...)`.</summary>
    private static IEnumerable<string> Libraries(string program)
    {
        Outcome ldd = Processes.Run("ldd", [program], null, "", TimeSpan.FromSeconds(10));
        return ldd.Output.Split('\n').SelectMany(line => line.Split(' ', '\t')).Where(word => word.StartsWith('/')).Distinct();
    }
}
