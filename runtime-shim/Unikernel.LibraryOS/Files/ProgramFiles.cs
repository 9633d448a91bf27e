using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>
/// The file tree of the program: <c>/app</c> holds what publish put beside the program, read-only, and <c>/usr/share/zoneinfo</c> its time zones; <c>/tmp</c>, <c>/var/tmp</c> and the user's home
/// are memory; <c>/dev</c> has the four devices that programs open by name. It comes into being with the first use of a file.
/// </summary>
internal static unsafe class ProgramFiles
{
    // Magic numbers of statfs(2): DriveInfo and FileStream tell file systems apart by them.
    private const uint TmpfsMagic = 0x01021994;
    private const uint RamfsMagic = 0x858458F6;
    private const uint RomfsMagic = 0x7275;

    // A quarter of the memory that may be promised: a program that fills /tmp gets ENOSPC while it still has a heap to handle it.
    private const ulong MemoryShare = 4;

    private static readonly Lock s_lock = new();
    private static FileTree? s_tree;

    public static FileTree Tree => Volatile.Read(ref s_tree) ?? Create();

    /// <summary>Where memory files are.</summary>
    public static Volume Temporary { get; } = new("/tmp", "tmpfs", TmpfsMagic, (long)(Core.MemoryLimit() / MemoryShare));

    /// <summary>
    /// Adds further files when the tree is made. Added to by the module initialiser of each assembly that the linker brings in only if the
    /// program reaches what needs those files.
    /// </summary>
    public static Action<FileTree, Volume, DateTime>? Extension { get; set; }

    private static readonly Volume s_root = new("/", "ramfs", RamfsMagic, limit: 0);

    private static FileTree Create()
    {
        lock (s_lock)
        {
            if (s_tree is not null)
                return s_tree;
            var tree = new FileTree(s_root);
            var image = new Volume("/app", "romfs", RomfsMagic, limit: 0);
            DateTime now = DateTime.UtcNow;
            DirectoryNode app = FileTree.Mount(tree.Root, "app", new DirectoryNode(0x1ED, now, image, tree.Root));
            byte* archive = Core.ImageFiles(out nuint length);
            if (archive != null)
                CpioArchive.Load(tree.Root, app, archive, (long)length);
            FileTree.Mount(tree.Root, "tmp", new DirectoryNode(0x3FF, now, Temporary, tree.Root));
            FileTree.Mount(tree.Root, "root", new DirectoryNode(0x1C0, now, Temporary, tree.Root));
            DirectoryNode variable = FileTree.Mount(tree.Root, "var", new DirectoryNode(0x1ED, now, s_root, tree.Root));
            FileTree.Mount(variable, "tmp", new DirectoryNode(0x3FF, now, Temporary, variable));
            DirectoryNode devices = FileTree.Mount(tree.Root, "dev", new DirectoryNode(0x1ED, now, s_root, tree.Root));
            foreach (string device in (string[])["null", "zero", "random", "urandom"])
                FileTree.Mount(devices, device, new DeviceNode(now, s_root));
            Extension?.Invoke(tree, s_root, now);
            tree.ChangeDirectory("/app");
            Volatile.Write(ref s_tree, tree);
            return tree;
        }
    }

    /// <summary>All volumes by where they are, for DriveInfo.</summary>
    public static Volume[] Volumes => [s_root, Temporary];
}
