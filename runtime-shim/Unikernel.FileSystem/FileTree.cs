namespace Unikernel.FileSystem;

/// <summary>
/// The one tree of names of a unikernel, and what POSIX lets do with it. Paths are absolute or relative to
/// <see cref="WorkingDirectory"/>; results that are not negative are success, others are of <see cref="FileError"/>.
/// </summary>
public sealed class FileTree
{
    private const int NameMaximum = 255;  // NAME_MAX
    private const int PathMaximum = 4095; // PATH_MAX without the terminator
    private const int LinkDepth = 40;     // MAXSYMLINKS of Linux

    private readonly Lock _lock = new();
    private uint _lastMove;

    /// <summary>Creates a tree with an empty root.</summary>
    public FileTree(Volume rootVolume) => Root = new DirectoryNode(0x1ED, DateTime.UtcNow, rootVolume, parent: null) { Links = 2 };

    /// <summary>The root directory.</summary>
    public DirectoryNode Root { get; }

    /// <summary>Where relative paths begin.</summary>
    public string WorkingDirectory { get; private set; } = "/";

    /// <summary>The umask of the program, Linux's default.</summary>
    public int Mask { get; set; } = 0x12; // 022

    /// <summary>Who is told of changes.</summary>
    public IFileTreeListener? Listener { get; set; }

    /// <summary>Called once, before something in the tree changes. Not under the tree's lock.</summary>
    public Action? BeforeChange { get; set; }

    /// <summary>Something is about to change: to be called before what writes or sets times and modes; the tree's own methods do so themselves.</summary>
    public void Change()
    {
        if (BeforeChange is { } action)
        {
            BeforeChange = null;
            action();
        }
    }

    /// <summary>Tells the listener, if there is one, what happened to a node: those who watch its directory, and those who watch it.</summary>
    public void Report(Node node, FileChange change)
    {
        if (Listener is not { } listener)
            return;
        lock (_lock)
        {
            change |= Kind(node);
            if (node.Directory is { } directory)
                listener.Changed(directory, node.Name, change, cookie: 0);
            listener.Changed(node, null, change, cookie: 0);
        }
    }

    private static FileChange Kind(Node node) => node is DirectoryNode ? FileChange.Directory : 0;

    /// <summary>Finds what a path stands for.</summary>
    public int Find(string path, bool followLast, out Node? node)
    {
        lock (_lock)
            return Walk(path, followLast, out _, out _, out node);
    }

    /// <summary>How <see cref="Open"/> treats a file that is or is not there.</summary>
    [Flags]
    public enum OpenMode
    {
        /// <summary>It must exist.</summary>
        Existing = 0,

        /// <summary>It is made if absent.</summary>
        Create = 1,

        /// <summary>With <see cref="Create"/>: it must not exist.</summary>
        Exclusive = 2,

        /// <summary>It becomes empty.</summary>
        Truncate = 4,

        /// <summary>It will be written.</summary>
        Write = 8,

        /// <summary>A link as the last name is an error.</summary>
        NoFollow = 16,
    }

    /// <summary>Finds or makes a file to be opened.</summary>
    public int Open(string path, OpenMode mode, int permissions, out Node? node)
    {
        if ((mode & (OpenMode.Write | OpenMode.Create | OpenMode.Truncate)) != 0)
            Change();
        lock (_lock)
        {
            node = null;
            if ((mode & OpenMode.Create) != 0 && path.EndsWith('/'))
                return FindParent(path) < 0 ? FindParent(path) : FileError.EISDIR;
            bool exclusive = (mode & (OpenMode.Create | OpenMode.Exclusive)) == (OpenMode.Create | OpenMode.Exclusive);
            int error = Walk(path, followLast: !exclusive && (mode & OpenMode.NoFollow) == 0, out DirectoryNode? parent, out string name, out node);
            if (error == FileError.ENOENT && parent is not null && (mode & OpenMode.Create) != 0)
            {
                if (parent.Volume.IsReadOnly)
                    return FileError.EROFS;
                node = new MemoryFileNode(permissions & 0xFFF & ~Mask, DateTime.UtcNow, parent.Volume);
                Create(parent, name, node);
                return 0;
            }

            if (error < 0)
                return error;
            if (exclusive)
                return FileError.EEXIST;
            if (node is SymbolicLinkNode)
                return FileError.ELOOP;
            if (node is SocketNode)
                return FileError.ENXIO;
            bool writes = (mode & (OpenMode.Write | OpenMode.Truncate)) != 0;
            if (node is DirectoryNode && (writes || (mode & OpenMode.Create) != 0))
                return FileError.EISDIR;
            if (writes && node is FileNode && node.Volume.IsReadOnly)
                return FileError.EROFS;
            if ((mode & OpenMode.Truncate) == 0 || node is not FileNode file)
                return 0;
            error = file.SetLength(0);
            Report(file, FileChange.Written);
            return error;
        }
    }

    /// <summary>mkdir(2)</summary>
    public int MakeDirectory(string path, int permissions)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToNew(path, out DirectoryNode? parent, out string name);
            if (error < 0)
                return error;
            Create(parent!, name, new DirectoryNode(permissions & 0xFFF & ~Mask, DateTime.UtcNow, parent!.Volume, parent) { Links = 2 });
            parent.Links++;
            return 0;
        }
    }

    /// <summary>Makes the name of a socket (mknod(2) with S_IFSOCK, as bind(2) does).</summary>
    public int MakeSocket(string path, object owner)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToNew(path, out DirectoryNode? parent, out string name);
            if (error >= 0 && path.EndsWith('/'))
                error = FileError.ENOENT;
            if (error < 0)
                return error;
            Create(parent!, name, new SocketNode(owner, 0x1FF & ~Mask, DateTime.UtcNow, parent!.Volume));
            return 0;
        }
    }

    /// <summary>symlink(2)</summary>
    public int MakeSymbolicLink(string target, string path)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToNew(path, out DirectoryNode? parent, out string name);
            if (error >= 0 && path.EndsWith('/'))
                error = FileError.ENOENT;
            if (error < 0)
                return error;
            if (target.Length == 0)
                return FileError.ENOENT;
            Create(parent!, name, new SymbolicLinkNode(target, DateTime.UtcNow, parent!.Volume));
            return 0;
        }
    }

    /// <summary>link(2)</summary>
    public int MakeHardLink(string existing, string path)
    {
        Change();
        lock (_lock)
        {
            int error = Walk(existing, followLast: false, out _, out _, out Node? node);
            if (error < 0)
                return error;
            error = WalkToNew(path, out DirectoryNode? parent, out string name);
            if (error >= 0 && path.EndsWith('/'))
                error = FileError.ENOENT;
            if (error < 0)
                return error;
            if (node is DirectoryNode)
                return FileError.EPERM;
            if (node!.Volume != parent!.Volume)
                return FileError.EXDEV;
            node.Links++;
            Create(parent, name, node);
            return 0;
        }
    }

    /// <summary>unlink(2)</summary>
    public int Unlink(string path)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToName(path, out DirectoryNode? parent, out string name, out Node? node);
            if (error < 0)
                return error;
            if (node is DirectoryNode)
                return FileError.EISDIR;
            if (parent!.Volume.IsReadOnly)
                return FileError.EROFS;
            Remove(parent, name, node!);
            ReportRemoved(parent, name, node!);
            return 0;
        }
    }

    /// <summary>rmdir(2)</summary>
    public int RemoveDirectory(string path)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToName(path, out DirectoryNode? parent, out string name, out Node? node);
            if (error < 0)
                return error;
            if (node is not DirectoryNode directory)
                return FileError.ENOTDIR;
            if (path.TrimEnd('/').EndsWith("/.", StringComparison.Ordinal) || path == ".")
                return FileError.EINVAL;
            if (directory == Root || directory.Volume != parent!.Volume)
                return FileError.EBUSY;
            if (directory.Entries.Count > 0)
                return FileError.ENOTEMPTY;
            if (parent.Volume.IsReadOnly)
                return FileError.EROFS;
            Remove(parent, name, directory);
            parent.Links--;
            ReportRemoved(parent, name, directory);
            return 0;
        }
    }

    /// <summary>rename(2): the new name is replaced if it is of the same kind.</summary>
    public int Rename(string from, string to)
    {
        Change();
        lock (_lock)
        {
            int error = WalkToName(from, out DirectoryNode? oldParent, out string oldName, out Node? node);
            if (error < 0 && oldParent is null)
                return error;
            if (EndsInDots(from) || EndsInDots(to))
                return FindParent(to) < 0 ? FindParent(to) : FileError.EBUSY;
            if (error < 0)
                return FindParent(to) < 0 ? FindParent(to) : error;
            int found = WalkToName(to, out DirectoryNode? newParent, out string newName, out Node? target);
            if (newParent is null)
                return found < 0 ? found : FileError.EBUSY;
            if (found < 0 && found != FileError.ENOENT)
                return found;
            if (oldParent is null || node == Root)
                return FileError.EBUSY;
            if (oldParent.Volume != newParent.Volume || node!.Volume != oldParent.Volume)
                return FileError.EXDEV;
            if (oldParent.Volume.IsReadOnly)
                return FileError.EROFS;
            if (found < 0 && to.EndsWith('/') && node is not DirectoryNode)
                return FileError.ENOTDIR;
            if (node == target)
                return 0;
            for (DirectoryNode above = oldParent; target is DirectoryNode && above != Root; above = above.Parent)
            {
                if (above == target)
                    return FileError.ENOTEMPTY;
            }

            for (DirectoryNode above = newParent; node is DirectoryNode; above = above.Parent)
            {
                if (above == node)
                    return FileError.EINVAL; // a directory into itself
                if (above == Root)
                    break;
            }

            if (target is not null)
            {
                if (target is DirectoryNode full)
                {
                    if (node is not DirectoryNode)
                        return FileError.EISDIR;
                    if (full.Entries.Count > 0)
                        return FileError.ENOTEMPTY;
                    newParent.Links--;
                }
                else if (node is DirectoryNode)
                {
                    return FileError.ENOTDIR;
                }

                Remove(newParent, newName, target);
            }

            oldParent.Entries.Remove(oldName);
            Insert(newParent, newName, node);
            if (node is DirectoryNode moved && oldParent != newParent)
            {
                moved.Parent = newParent;
                oldParent.Links--;
                newParent.Links++;
            }

            oldParent.Modified = oldParent.Changed = node.Changed = DateTime.UtcNow;
            if (Listener is { } listener)
            {
                _lastMove++;
                listener.Changed(oldParent, oldName, FileChange.MovedFrom | Kind(node), _lastMove);
                listener.Changed(newParent, newName, FileChange.MovedTo | Kind(node), _lastMove);
                if (target is not null)
                    ReportLost(target);
                listener.Changed(node, null, FileChange.SelfMoved, cookie: 0);
            }

            return 0;
        }
    }

    /// <summary>chdir(2)</summary>
    public int ChangeDirectory(string path)
    {
        lock (_lock)
        {
            int error = Walk(path, followLast: true, out _, out _, out Node? node);
            if (error < 0)
                return error;
            if (node is not DirectoryNode directory)
                return FileError.ENOTDIR;
            WorkingDirectory = PathOf(directory);
            return 0;
        }
    }

    /// <summary>The path without links and dots (realpath(3)).</summary>
    public int Resolve(string path, out string resolved)
    {
        lock (_lock)
        {
            int error = Walk(path, followLast: true, out DirectoryNode? parent, out string name, out Node? node);
            resolved = error < 0 ? "" : node is DirectoryNode directory ? PathOf(directory) : PathOf(parent!).TrimEnd('/') + "/" + name;
            return error;
        }
    }

    /// <summary>The entries of a directory at this moment, with <c>.</c> and <c>..</c>, in the order of their names.</summary>
    public DirectoryItem[] List(DirectoryNode directory)
    {
        lock (_lock)
        {
            // No query and no tuple: their shared generic code needs the runtime's type loader, which is larger than all file systems.
            directory.Refresh?.Invoke(directory);
            var entries = new DirectoryItem[directory.Entries.Count + 2];
            entries[0] = new DirectoryItem(".", NodeKind.Directory);
            entries[1] = new DirectoryItem("..", NodeKind.Directory);
            string[] names = new string[directory.Entries.Count];
            directory.Entries.Keys.CopyTo(names, 0);
            Array.Sort(names, StringComparer.Ordinal);
            for (int i = 0; i < names.Length; i++)
                entries[i + 2] = new DirectoryItem(names[i], directory.Entries[names[i]].Kind);
            return entries;
        }
    }

    /// <summary>Puts a device or a directory of another volume into a directory; only while the tree is being set up.</summary>
    public static T Mount<T>(DirectoryNode directory, string name, T node) where T : Node
    {
        directory.Add(name, node);
        if (node is DirectoryNode)
            directory.Links++;
        return node;
    }

    /// <summary>The directory of a name, which is put there if it is not; only while the tree is being set up.</summary>
    public static DirectoryNode MountDirectory(DirectoryNode parent, string name, DateTime now, Volume volume) =>
        parent.Entries.TryGetValue(name, out Node? node) ? (DirectoryNode)node : Mount(parent, name, new DirectoryNode(0x16D, now, volume, parent));

    private void Create(DirectoryNode parent, string name, Node node)
    {
        Insert(parent, name, node);
        Listener?.Changed(parent, name, FileChange.Created | Kind(node), cookie: 0);
    }

    // The order in which Linux tells it: of a directory, first to those who watch it (fs/namei.c, vfs_rmdir).
    private void ReportRemoved(DirectoryNode parent, string name, Node node)
    {
        if (node is DirectoryNode)
            Listener?.Changed(node, null, FileChange.SelfRemoved, cookie: 0);
        Listener?.Changed(parent, name, FileChange.Removed | Kind(node), cookie: 0);
        if (node is not DirectoryNode)
            ReportLost(node);
    }

    // A name of it is gone, perhaps the last one.
    private void ReportLost(Node node)
    {
        Listener?.Changed(node, null, FileChange.Attributes | Kind(node), cookie: 0);
        if (node.Links == 0 || node is DirectoryNode)
            Listener?.Changed(node, null, FileChange.SelfRemoved, cookie: 0);
    }

    private static void Insert(DirectoryNode parent, string name, Node node)
    {
        parent.Add(name, node);
        parent.Modified = parent.Changed = DateTime.UtcNow;
    }

    private static void Remove(DirectoryNode parent, string name, Node node)
    {
        parent.Entries.Remove(name);
        if (node.Directory == parent && node.Name == name)
            node.Directory = null;
        parent.Modified = parent.Changed = node.Changed = DateTime.UtcNow;
        if (node is FileNode file)
            file.RemoveLink();
        else
            node.Links--;
    }

    /// <summary>
    /// The last name of a path as an object of its own: a link is not followed even with a slash behind it, and only a directory
    /// may have one (filename_create, do_rmdir and do_renameat2 in Linux's fs/namei.c).
    /// </summary>
    private int WalkToName(string path, out DirectoryNode? parent, out string name, out Node? node)
    {
        string trimmed = path.TrimEnd('/');
        int error = Walk(trimmed.Length == 0 ? path : trimmed, followLast: false, out parent, out name, out node);
        return error >= 0 && path.EndsWith('/') && node is not DirectoryNode ? FileError.ENOTDIR : error;
    }

    private int WalkToNew(string path, out DirectoryNode? parent, out string name)
    {
        int error = WalkToName(path, out parent, out name, out Node? existing);
        if (existing is not null)
            return FileError.EEXIST;
        if (error != FileError.ENOENT || parent is null)
            return error;
        return parent.Volume.IsReadOnly ? FileError.EROFS : 0;
    }

    /// <summary>Whether all but the last name of a path can be resolved: Linux looks at that before it looks at the last names.</summary>
    private int FindParent(string path)
    {
        int error = WalkToName(path, out DirectoryNode? parent, out _, out _);
        return error < 0 && parent is null ? error : 0;
    }

    private static bool EndsInDots(string path)
    {
        ReadOnlySpan<char> name = path.AsSpan().TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        return name is "." or "..";
    }

    private string PathOf(DirectoryNode directory)
    {
        if (directory == Root)
            return "/";
        return PathOf(directory.Parent).TrimEnd('/') + "/" + directory.Name;
    }

    /// <summary>
    /// Resolves a path (path_resolution(7)). With ENOENT, <paramref name="parent"/> is not null if only the last name is missing.
    /// </summary>
    private int Walk(string path, bool followLast, out DirectoryNode? parent, out string name, out Node? node)
    {
        int links = 0;
        return Walk(path, start: null, followLast, ref links, out parent, out name, out node);
    }

    private int Walk(
        string path, DirectoryNode? start, bool followLast, ref int links, out DirectoryNode? parent, out string name, out Node? node)
    {
        (parent, name, node) = (null, "", null);
        if (path.Length == 0)
            return FileError.ENOENT;
        if (System.Text.Encoding.UTF8.GetByteCount(path) > PathMaximum)
            return FileError.ENAMETOOLONG;

        DirectoryNode current = Root;
        if (path[0] != '/')
        {
            if (start is not null)
                current = start;
            else if (Walk(WorkingDirectory, null, true, ref links, out _, out _, out Node? working) < 0 || working is not DirectoryNode directory)
                return FileError.ENOENT;
            else
                current = directory;
        }

        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool mustBeDirectory = path[^1] == '/';
        node = current;
        parent = current.Parent;
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            if (node is not DirectoryNode here)
                return Fail(FileError.ENOTDIR, out parent, out node);
            string part = parts[i];
            if (System.Text.Encoding.UTF8.GetByteCount(part) > NameMaximum)
                return Fail(FileError.ENAMETOOLONG, out parent, out node);
            (parent, name) = (here, part);
            if (part == ".")
                continue;
            if (part == "..")
            {
                node = here.Parent;
                parent = here.Parent.Parent;
                continue;
            }

            if (!here.Entries.TryGetValue(part, out node))
                return last ? FileError.ENOENT : Fail(FileError.ENOENT, out parent, out node);
            if (node is SymbolicLinkNode link && (!last || followLast || mustBeDirectory))
            {
                if (++links > LinkDepth)
                    return Fail(FileError.ELOOP, out parent, out node);
                int error = Walk(link.Target, here, followLast: true, ref links, out parent, out name, out node);
                if (error < 0)
                    return last ? error : Fail(error, out parent, out node);
            }
        }

        return mustBeDirectory && node is not DirectoryNode ? Fail(FileError.ENOTDIR, out parent, out node) : 0;
    }

    private static int Fail(int error, out DirectoryNode? parent, out Node? node)
    {
        (parent, node) = (null, null);
        return error;
    }
}
