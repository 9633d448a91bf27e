namespace Unikernel.FileSystem;

/// <summary>A part of the tree with a common store: read-only, or memory with a limit.</summary>
/// <param name="name">The directory at which it is found.</param>
/// <param name="typeName">What Linux would call a file system of this kind.</param>
/// <param name="type">Its magic number (statfs(2)).</param>
/// <param name="limit">Bytes that it may hold; 0: it is read-only.</param>
public sealed class Volume(string name, string typeName, uint type, long limit)
{
    private long _used;

    /// <summary>The directory at which it is found.</summary>
    public string Name { get; } = name;

    /// <summary>What Linux would call it.</summary>
    public string TypeName { get; } = typeName;

    /// <summary>Its magic number.</summary>
    public uint Type { get; } = type;

    /// <summary>Nothing can be changed in it.</summary>
    public bool IsReadOnly => limit == 0;

    /// <summary>Bytes that it may hold.</summary>
    public long Limit => limit;

    /// <summary>Bytes that it holds.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes room for bytes. False: there is not enough.</summary>
    public bool TryTake(long bytes)
    {
        long before = Volatile.Read(ref _used);
        while (before + bytes <= limit)
        {
            long found = Interlocked.CompareExchange(ref _used, before + bytes, before);
            if (found == before)
                return true;
            before = found;
        }

        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
