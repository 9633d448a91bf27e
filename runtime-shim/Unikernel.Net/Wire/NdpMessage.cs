using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>Neighbour Discovery option types (RFC 4861 section 4.6, RFC 8106).</summary>
public enum NdpOptionType : byte
{
    SourceLinkLayerAddress = 1,
    TargetLinkLayerAddress = 2,
    PrefixInformation = 3,
    RedirectedHeader = 4,
    Mtu = 5,
    RecursiveDnsServer = 25,
    DnsSearchList = 31,
}

/// <summary>One Neighbour Discovery option: its type and all its bytes.</summary>
public readonly ref struct NdpOption(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public NdpOptionType Type => (NdpOptionType)_bytes[0];

    /// <summary>The whole option; at least 8 bytes, a multiple of 8.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The Ethernet address of a link-layer address option.</summary>
    public MacAddress LinkLayerAddress => new(_bytes[2..]);

    public uint Mtu => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    public bool TryGetPrefix(out NdpPrefix prefix)
    {
        prefix = default;
        if (_bytes.Length != 32 || _bytes[2] > 128) return false;
        prefix = new(new IpAddress(_bytes[16..32]), _bytes[2], (_bytes[3] & 0x80) != 0, (_bytes[3] & 0x40) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]), BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]));
        return true;
    }

    /// <summary>Servers of a recursive DNS server option (RFC 8106 section 5.1).</summary>
    public int DnsServerCount => (_bytes.Length - 8) / 16;

    public uint DnsLifetime => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
    public IpAddress DnsServer(int index) => new(_bytes.Slice(8 + 16 * index, 16));
}

/// <summary>A prefix information option (RFC 4861 section 4.6.2). Lifetimes in seconds, all ones for ever.</summary>
public readonly record struct NdpPrefix(IpAddress Prefix, byte PrefixLength, bool OnLink, bool Autonomous, uint ValidLifetime, uint PreferredLifetime)
{
    public const int Length = 32;

    public void Emit(Span<byte> buffer)
    {
        buffer = buffer[..Length];
        buffer.Clear();
        buffer[0] = (byte)NdpOptionType.PrefixInformation;
        buffer[1] = 4;
        buffer[2] = PrefixLength;
        buffer[3] = (byte)((OnLink ? 0x80 : 0) | (Autonomous ? 0x40 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], ValidLifetime);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[8..], PreferredLifetime);
        Prefix.CopyTo16(buffer[16..]);
    }
}

/// <summary>Walks the options of a Neighbour Discovery message; ends with <see cref="IsMalformed"/> at a bad length.</summary>
public ref struct NdpOptionReader(ReadOnlySpan<byte> options)
{
    private ReadOnlySpan<byte> _rest = options;

    /// <summary>An option of length zero or beyond the end: the whole message must be discarded (RFC 4861 section 4.6).</summary>
    public bool IsMalformed { get; private set; }

    public bool TryRead(out NdpOption option)
    {
        option = default;
        if (_rest.IsEmpty) return false;
        int length = _rest.Length >= 2 ? _rest[1] * 8 : 0;
        if (length == 0 || length > _rest.Length)
        {
            IsMalformed = true;
            return false;
        }

        option = new(_rest[..length]);
        _rest = _rest[length..];
        return true;
    }

    /// <summary>Are all lengths right? Messages are checked whole before any option is believed.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> options)
    {
        var reader = new NdpOptionReader(options);
        while (reader.TryRead(out _)) { }
        return !reader.IsMalformed;
    }
}

/// <summary>Neighbour solicitation and advertisement (RFC 4861 sections 4.3 and 4.4): the whole ICMPv6 message.</summary>
public readonly record struct NdpNeighborRepr(bool IsAdvertisement, IpAddress Target, MacAddress? LinkLayerAddress)
{
    /// <summary>ICMPv6 header and target.</summary>
    public const int FixedLength = 24;

    public bool Router { get; init; }
    public bool Solicited { get; init; }
    public bool Override { get; init; }

    /// <summary>The sender's nonce of an enhanced duplicate address probe (RFC 7527) is not used: our own probes do not come back.</summary>
    public int BufferLength => FixedLength + (LinkLayerAddress is null ? 0 : 8);

    public static bool TryParse(ReadOnlySpan<byte> message, out NdpNeighborRepr neighbor)
    {
        neighbor = default;
        if (message.Length < FixedLength || (Icmpv6Type)message[0] is not (Icmpv6Type.NeighborSolicitation or Icmpv6Type.NeighborAdvertisement) || message[1] != 0)
            return false;
        ReadOnlySpan<byte> options = message[FixedLength..];
        if (!NdpOptionReader.IsWellFormed(options)) return false;
        bool advertisement = (Icmpv6Type)message[0] == Icmpv6Type.NeighborAdvertisement;
        NdpOptionType wanted = advertisement ? NdpOptionType.TargetLinkLayerAddress : NdpOptionType.SourceLinkLayerAddress;
        MacAddress? link = null;
        var reader = new NdpOptionReader(options);
        while (reader.TryRead(out NdpOption option))
        {
            if (option.Type == wanted) link = option.LinkLayerAddress;
        }

        neighbor = new(advertisement, new IpAddress(message[8..24]), link)
        {
            Router = (message[4] & 0x80) != 0,
            Solicited = (message[4] & 0x40) != 0,
            Override = (message[4] & 0x20) != 0,
        };
        return !neighbor.Target.IsMulticast;
    }

    public void Emit(Span<byte> buffer)
    {
        byte type = (byte)(IsAdvertisement ? Icmpv6Type.NeighborAdvertisement : Icmpv6Type.NeighborSolicitation);
        uint flags = IsAdvertisement ? (Router ? 1u << 31 : 0) | (Solicited ? 1u << 30 : 0) | (Override ? 1u << 29 : 0) : 0;
        new IcmpRepr(type, 0, flags).Emit(buffer);
        Target.CopyTo16(buffer[8..]);
        if (LinkLayerAddress is not { } link) return;
        buffer[24] = (byte)(IsAdvertisement ? NdpOptionType.TargetLinkLayerAddress : NdpOptionType.SourceLinkLayerAddress);
        buffer[25] = 1;
        link.CopyTo(buffer[26..]);
    }
}

/// <summary>A router advertisement (RFC 4861 section 4.2); its options are read from <see cref="Options"/>.</summary>
public readonly ref struct NdpRouterAdvertisement
{
    public const int FixedLength = 16;
    private readonly ReadOnlySpan<byte> _bytes;

    private NdpRouterAdvertisement(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool TryParse(ReadOnlySpan<byte> message, out NdpRouterAdvertisement advertisement)
    {
        advertisement = default;
        if (message.Length < FixedLength || message[0] != (byte)Icmpv6Type.RouterAdvertisement || message[1] != 0 ||
            !NdpOptionReader.IsWellFormed(message[FixedLength..]))
            return false;
        advertisement = new(message);
        return true;
    }

    /// <summary>0: not specified.</summary>
    public byte CurrentHopLimit => _bytes[4];

    /// <summary>Seconds; 0: not a default router.</summary>
    public ushort RouterLifetime => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>Milliseconds; 0: not specified.</summary>
    public uint ReachableTime => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    public uint RetransmitTimer => BinaryPrimitives.ReadUInt32BigEndian(_bytes[12..]);
    public NdpOptionReader Options => new(_bytes[FixedLength..]);
}

/// <summary>A router solicitation (RFC 4861 section 4.1).</summary>
public readonly record struct NdpRouterSolicitationRepr(MacAddress? SourceLinkLayerAddress)
{
    public int BufferLength => 8 + (SourceLinkLayerAddress is null ? 0 : 8);

    public void Emit(Span<byte> buffer)
    {
        new IcmpRepr((byte)Icmpv6Type.RouterSolicitation, 0, 0).Emit(buffer);
        if (SourceLinkLayerAddress is not { } link) return;
        buffer[8] = (byte)NdpOptionType.SourceLinkLayerAddress;
        buffer[9] = 1;
        link.CopyTo(buffer[10..]);
    }
}
