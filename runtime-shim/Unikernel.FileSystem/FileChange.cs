namespace Unikernel.FileSystem;

/// <summary>What happened to a node, in inotify's numbers (inotify(7)).</summary>
[Flags]
public enum FileChange : uint
{
    /// <summary>IN_ACCESS: it was read.</summary>
    Read = 0x1,

    /// <summary>IN_MODIFY: it was written or cut.</summary>
    Written = 0x2,

    /// <summary>IN_ATTRIB: permissions, times or the number of names changed.</summary>
    Attributes = 0x4,

    /// <summary>IN_MOVED_FROM: it had this name.</summary>
    MovedFrom = 0x40,

    /// <summary>IN_MOVED_TO: it has this name now.</summary>
    MovedTo = 0x80,

    /// <summary>IN_CREATE: it was made.</summary>
    Created = 0x100,

    /// <summary>IN_DELETE: the name was removed.</summary>
    Removed = 0x200,

    /// <summary>IN_DELETE_SELF: what is watched is gone.</summary>
    SelfRemoved = 0x400,

    /// <summary>IN_MOVE_SELF: what is watched has another name.</summary>
    SelfMoved = 0x800,

    /// <summary>IN_ISDIR: it is a directory.</summary>
    Directory = 0x4000_0000,
}

/// <summary>Who wants to know of changes in a <see cref="FileTree"/>. Called under the tree's lock: it takes a note and returns.</summary>
public interface IFileTreeListener
{
    /// <summary>Something happened.</summary>
    /// <param name="watched">A directory in which it happened, or the node itself.</param>
    /// <param name="name">The name in the directory; null: it happened to the node itself.</param>
    /// <param name="change">What.</param>
    /// <param name="cookie">The same number for the two halves of a rename.</param>
    void Changed(Node watched, string? name, FileChange change, uint cookie);
}
