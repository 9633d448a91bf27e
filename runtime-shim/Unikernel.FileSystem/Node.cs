namespace Unikernel.FileSystem;

/// <summary>What a name in the tree can stand for.</summary>
public enum NodeKind
{
    /// <summary>A file of bytes.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A name for another path.</summary>
    SymbolicLink,

    /// <summary>A character device, which the owner of the tree implements.</summary>
    Device,

    /// <summary>The name of a Unix domain socket.</summary>
    Socket,
}

/// <summary>A file, directory, link or device (an inode). The tree's lock guards all of it but a file's bytes.</summary>
public abstract class Node
{
    private static long s_lastNumber;

    /// <summary>Creates a node with the permissions and times of a new one.</summary>
    protected Node(NodeKind kind, int permissions, DateTime now, Volume volume)
    {
        (Kind, Permissions, Volume) = (kind, permissions, volume);
        (Accessed, Modified, Changed) = (now, now, now);
    }

    /// <summary>What it is.</summary>
    public NodeKind Kind { get; }

    /// <summary>Where its bytes count.</summary>
    public Volume Volume { get; }

    /// <summary>Inode number.</summary>
    public long Number { get; } = Interlocked.Increment(ref s_lastNumber);

    /// <summary>The directory that it is in by its newest name; null: it has none any more.</summary>
    public DirectoryNode? Directory { get; internal set; }

    /// <summary>Its newest name.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The permission bits (12 bits).</summary>
    public int Permissions { get; set; }

    /// <summary>How many names it has.</summary>
    public int Links { get; set; } = 1;

    /// <summary>Last read (not kept up to date: as with the mount option noatime).</summary>
    public DateTime Accessed { get; set; }

    /// <summary>Last change of the contents.</summary>
    public DateTime Modified { get; set; }

    /// <summary>Last change of anything.</summary>
    public DateTime Changed { get; set; }

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Advisory lock of the whole node (flock(2)).</summary>
    public AdvisoryLock Lock { get; } = new();
}

/// <summary>A directory.</summary>
public sealed class DirectoryNode(int permissions, DateTime now, Volume volume, DirectoryNode? parent)
    : Node(NodeKind.Directory, permissions, now, volume)
{
    /// <summary>Its entries by name, in no order.</summary>
    public Dictionary<string, Node> Entries { get; } = [];

    /// <summary>Adds an entry.</summary>
    internal void Add(string name, Node node)
    {
        Entries.Add(name, node);
        (node.Directory, node.Name) = (this, name);
    }

    /// <summary>The directory that it is in; the root's is itself.</summary>
    public DirectoryNode Parent { get => field ?? this; set; } = parent!;

    /// <summary>Brings the entries up to date before they are listed, where they are not what somebody put there (/proc).</summary>
    public Action<DirectoryNode>? Refresh { get; set; }

    /// <inheritdoc/>
    public override long Length => 4096;
}

/// <summary>A symbolic link.</summary>
public sealed class SymbolicLinkNode(string target, DateTime now, Volume volume) : Node(NodeKind.SymbolicLink, 0x1FF, now, volume)
{
    /// <summary>The path that it stands for.</summary>
    public string Target { get; } = target;

    /// <inheritdoc/>
    public override long Length => System.Text.Encoding.UTF8.GetByteCount(Target);
}

/// <summary>A device; what it does is the business of who opens it, by its name.</summary>
public sealed class DeviceNode(DateTime now, Volume volume) : Node(NodeKind.Device, 0x1B6, now, volume)
{
    /// <inheritdoc/>
    public override long Length => 0;
}

/// <summary>The name that a Unix domain socket is bound to (unix(7)): it stays when the socket is closed, until somebody removes it.</summary>
public sealed class SocketNode(object owner, int permissions, DateTime now, Volume volume) : Node(NodeKind.Socket, permissions, now, volume)
{
    /// <summary>The socket.</summary>
    public object Owner { get; } = owner;

    /// <inheritdoc/>
    public override long Length => 0;
}
