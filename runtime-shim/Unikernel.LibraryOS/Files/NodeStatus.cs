using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>stat(2) of a node. Like the shim on Linux, it knows no time of birth: .NET takes the older of change and modification for it.</summary>
internal static class NodeStatus
{
    public static FileStatus Of(Node node)
    {
        (long accessed, long accessedNs) = Split(node.Accessed);
        (long modified, long modifiedNs) = Split(node.Modified);
        (long changed, long changedNs) = Split(node.Changed);
        return new FileStatus
        {
            Mode = TypeBits(node.Kind) | node.Permissions,
            Size = node.Length,
            ATime = accessed,
            ATimeNsec = accessedNs,
            MTime = modified,
            MTimeNsec = modifiedNs,
            CTime = changed,
            CTimeNsec = changedNs,
            Dev = node.Volume.Type,
            Ino = node.Number,
        };
    }

    /// <summary>The d_type of a directory entry (readdir(3)).</summary>
    public static int DirectoryEntryType(NodeKind kind) => TypeBits(kind) >> 12;

    private static int TypeBits(NodeKind kind) => kind switch
    {
        NodeKind.Directory => FileMode.Directory,
        NodeKind.SymbolicLink => FileMode.SymbolicLink,
        NodeKind.Device => FileMode.CharacterDevice,
        NodeKind.Socket => FileMode.Socket,
        _ => FileMode.Regular,
    };

    private static (long Seconds, long Nanoseconds) Split(DateTime time)
    {
        long ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        long seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out long rest);
        return rest < 0 ? (seconds - 1, (rest + TimeSpan.TicksPerSecond) * 100) : (seconds, rest * 100);
    }
}
