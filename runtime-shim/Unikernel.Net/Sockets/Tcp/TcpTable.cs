namespace Unikernel.Net.Sockets.Tcp;

/// <summary>What segments are matched with: a connection, or what is left of one in TIME-WAIT.</summary>
public abstract class TcpTableEntry
{
    public IpAddress LocalAddress { get; internal set; }
    public IpAddress RemoteAddress { get; internal set; }
    public ushort LocalPort { get; internal set; }
    public ushort RemotePort { get; internal set; }

    internal uint Hash;
    internal TcpTableEntry? HashNext;

    internal bool Matches(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort) =>
        RemotePort == remotePort && LocalPort == localPort && RemoteAddress == remote && LocalAddress == local;
}

/// <summary>Connections by their four-tuple: one look-up per segment, in constant time for any number of connections.</summary>
internal sealed class TcpTable(TcpSecret secret)
{
    private TcpTableEntry?[] _buckets = new TcpTableEntry?[64];

    public int Count { get; private set; }

    private uint HashOf(IpAddress remote, ushort localPort, ushort remotePort) => secret.TableHash(remote, (uint)localPort << 16 | remotePort);

    public TcpTableEntry? Find(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort)
    {
        uint hash = HashOf(remote, localPort, remotePort);
        TcpTableEntry? entry = _buckets[hash & (uint)(_buckets.Length - 1)];
        while (entry is not null && !(entry.Hash == hash && entry.Matches(local, localPort, remote, remotePort))) entry = entry.HashNext;
        return entry;
    }

    public void Add(TcpTableEntry entry)
    {
        if (Count >= _buckets.Length) Grow();
        entry.Hash = HashOf(entry.RemoteAddress, entry.LocalPort, entry.RemotePort);
        ref TcpTableEntry? bucket = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
        entry.HashNext = bucket;
        bucket = entry;
        Count++;
    }

    public void Remove(TcpTableEntry entry)
    {
        ref TcpTableEntry? link = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
        while (link is not null && link != entry) link = ref link.HashNext;
        if (link is null) return;
        link = entry.HashNext;
        entry.HashNext = null;
        Count--;
    }

    /// <summary>Every entry, for printing.</summary>
    public void CopyTo(List<TcpTableEntry> list)
    {
        foreach (TcpTableEntry? first in _buckets)
        {
            for (TcpTableEntry? entry = first; entry is not null; entry = entry.HashNext) list.Add(entry);
        }
    }

    private void Grow()
    {
        TcpTableEntry?[] old = _buckets;
        _buckets = new TcpTableEntry?[old.Length * 2];
        foreach (TcpTableEntry? first in old)
        {
            TcpTableEntry? entry = first;
            while (entry is not null)
            {
                TcpTableEntry? next = entry.HashNext;
                ref TcpTableEntry? bucket = ref _buckets[entry.Hash & (uint)(_buckets.Length - 1)];
                entry.HashNext = bucket;
                bucket = entry;
                entry = next;
            }
        }
    }
}
