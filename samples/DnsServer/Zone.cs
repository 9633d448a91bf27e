namespace DnsServer;

/// <summary>The records of one type at one name.</summary>
internal sealed class RecordSet(ushort type, uint ttl)
{
    public ushort Type { get; } = type;
    public uint Ttl { get; } = ttl;

    /// <summary>Record data in wire format, names uncompressed.</summary>
    public byte[][] Data { get; private set; } = [];
    public RecordSet? Next { get; set; }

    public void Add(byte[] data)
    {
        byte[][] grown = new byte[Data.Length + 1][];
        Array.Copy(Data, grown, Data.Length);
        grown[^1] = data;
        Data = grown;
    }
}

/// <summary>A name of the zone. A name without records is an empty non-terminal: it exists (RFC 8020), it only has no data.</summary>
internal sealed class Node(byte[] name)
{
    public byte[] Name { get; } = name;
    public RecordSet? Records { get; private set; }
    public Node? NextInBucket { get; set; }

    public RecordSet? Find(ushort type)
    {
        RecordSet? set = Records;
        while (set is not null && set.Type != type)
        {
            set = set.Next;
        }

        return set;
    }

    public void Add(ushort type, uint ttl, byte[] data)
    {
        RecordSet? set = Find(type);
        if (set is null)
        {
            set = new RecordSet(type, ttl) { Next = Records };
            Records = set;
        }

        set.Add(data);
    }
}

/// <summary>One zone: a hash table from names in wire format to their records.</summary>
internal sealed class Zone(byte[] origin)
{
    private Node?[] _buckets = new Node?[64];
    private int _count;

    public byte[] Origin { get; } = origin;

    /// <summary>The SOA record of the apex; its TTL in negative answers is the smaller of its own and its MINIMUM (RFC 2308 section 3).</summary>
    public RecordSet? Soa => Find(Origin)?.Find(RecordType.SOA);

    public Node? Find(ReadOnlySpan<byte> name)
    {
        Node? node = _buckets[DnsName.Hash(name) & (uint)(_buckets.Length - 1)];
        while (node is not null && !name.SequenceEqual(node.Name))
        {
            node = node.NextInBucket;
        }

        return node;
    }

    /// <summary>The node of a name, made with all names between it and the apex where it is new.</summary>
    public Node GetOrAdd(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } known)
        {
            return known;
        }

        if (_count++ > _buckets.Length)
        {
            Grow();
        }

        Node node = new(name.ToArray());
        Insert(node);
        if (name.Length > Origin.Length)
        {
            GetOrAdd(DnsName.Parent(name));
        }

        return node;
    }

    private void Insert(Node node)
    {
        uint bucket = DnsName.Hash(node.Name) & (uint)(_buckets.Length - 1);
        node.NextInBucket = _buckets[bucket];
        _buckets[bucket] = node;
    }

    private void Grow()
    {
        Node?[] old = _buckets;
        _buckets = new Node?[old.Length * 2];
        foreach (Node? head in old)
        {
            for (Node? node = head; node is not null;)
            {
                Node? next = node.NextInBucket;
                Insert(node);
                node = next;
            }
        }
    }
}
