using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.FileSystem;
using Unikernel.LibraryOS;

namespace Unikernel.ProcessInformation;

/// <summary>
/// The files of Linux that System.Diagnostics.Process reads of the current process (proc(5)): /proc/self/stat, status, cmdline, maps, task and fd. They
/// are in the tree of a program that reaches this assembly, and made when they are opened or listed.
/// </summary>
internal static unsafe class ProcessFiles
{
    private const ulong ClockTick = 10_000_000; // nanoseconds: 100 ticks a second, as SysConf says
    private const ulong PageSize = 4096;
    private const ulong Kilobyte = 1024;

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The linker brings this assembly in exactly when the files are wanted.")]
    internal static void Register() => ProgramFiles.Extension += Mount;

    [Replaces("System.Diagnostics.Process", "System.Diagnostics.ProcessManager", "EnumerateProcessIds", Fingerprint = "21c8178c0b60f8c4",
        Why = "it lists /proc for the processes of the machine; there is one")]
    public static IEnumerable<int> ProcessIds() => [UserEntryPoints.GetPid()];

    private static void Mount(FileTree tree, Volume volume, DateTime now)
    {
        DirectoryNode self = FileTree.MountDirectory(FileTree.MountDirectory(tree.Root, "proc", now, volume), "self", now, volume);
        File(self, "stat", () => Stat(UserEntryPoints.GetPid()));
        File(self, "status", Status);
        File(self, "cmdline", () => ProgramName() + '\0');
        File(self, "maps", Maps);
        FileTree.MountDirectory(self, "task", now, volume).Refresh = ListThreads;
        FileTree.MountDirectory(self, "fd", now, volume).Refresh = ListDescriptors;

        void ListThreads(DirectoryNode directory)
        {
            Empty(directory);
            for (int thread = 1; thread <= Core.Threads(); thread++)
            {
                int id = thread;
                File(FileTree.MountDirectory(directory, id.ToString(), now, volume), "stat", () => Stat(id));
            }
        }

        void ListDescriptors(DirectoryNode directory)
        {
            Empty(directory);
            foreach (int descriptor in DescriptorTable.List())
                FileTree.Mount(directory, descriptor.ToString(), new SymbolicLinkNode("anon_inode:[" + descriptor + "]", now, volume));
        }

        static void Empty(DirectoryNode directory)
        {
            directory.Entries.Clear();
            directory.Links = 2;
        }

        void File(DirectoryNode parent, string name, Func<string> generate) =>
            FileTree.Mount(parent, name, new GeneratedFileNode(() => Encoding.UTF8.GetBytes(generate()), now, volume));
    }

    // The fields up to rsslim, and one more; all processor time is user time, and of a thread it is not known which part is its own.
    private static string Stat(int id)
    {
        ulong time = Core.CpuTimeNanoseconds() / ClockTick, committed = Core.MemoryCommitted();
        return new StringBuilder().Append(id).Append(" (").Append(ProgramName()).Append(") R 0 1 1 0 -1 0 0 0 0 0 ").Append(time)
            .Append(" 0 0 0 20 0 ").Append(Core.Threads()).Append(" 0 0 ").Append(committed).Append(' ').Append(committed / PageSize).Append(' ')
            .Append(Core.MemoryLimit()).Append(" 0\n").ToString();
    }

    // What was promised to the program is what it uses of the machine (as Environment.WorkingSet says); nothing is ever swapped out.
    private static string Status()
    {
        var text = new StringBuilder();
        foreach (string name in (string[])["VmPeak", "VmSize", "VmHWM", "VmRSS", "VmData"])
            text.Append(name).Append(":\t").Append(Core.MemoryCommitted() / Kilobyte).Append(" kB\n");
        return text.Append("VmStk:\t0 kB\nVmSwap:\t0 kB\n").ToString();
    }

    // The image is the one module; the page of this code stands for all of it.
    private static string Maps()
    {
        ulong page = (ulong)(nint)(delegate*<string>)&Maps / PageSize * PageSize;
        return new StringBuilder().Append(page.ToString("x")).Append('-').Append((page + PageSize).ToString("x")).Append(" r-xp 00000000 00:00 1 ")
            .Append(Encoding.UTF8.GetString(EnvironmentEntryPoints.ProgramDirectory)).Append(ProgramName()).Append('\n').ToString();
    }

    private static string ProgramName()
    {
        ReadOnlySpan<byte> program = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Core.ProgramName());
        return Encoding.UTF8.GetString(program[(program.LastIndexOf((byte)'/') + 1)..]);
    }
}
