using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

public enum DhcpMessageType : byte
{
    None = 0,
    Discover = 1,
    Offer = 2,
    Request = 3,
    Decline = 4,
    Ack = 5,
    Nak = 6,
    Release = 7,
    Inform = 8,
}

/// <summary>DHCP option codes (RFC 2132, RFC 3397, RFC 3442).</summary>
public static class DhcpOption
{
    public const byte Pad = 0, SubnetMask = 1, Router = 3, DnsServers = 6, HostName = 12, DomainName = 15, InterfaceMtu = 26, NtpServers = 42,
        RequestedAddress = 50, LeaseTime = 51, Overload = 52, MessageType = 53, ServerIdentifier = 54, ParameterList = 55,
        MaximumMessageSize = 57, RenewalTime = 58, RebindingTime = 59, ClientIdentifier = 61, DomainSearch = 119, ClasslessRoutes = 121, End = 255;
}

/// <summary>
/// A DHCP message (RFC 2131 section 2). <see cref="TryParse"/> checks the fixed part and the cookie; options are read by
/// <see cref="TryFind"/>, which also looks into the sname and file fields if the message says so (option 52).
/// </summary>
public readonly ref struct DhcpMessage
{
    public const int FixedLength = 240;
    public const uint Cookie = 0x6382_5363;
    public const ushort ServerPort = 67, ClientPort = 68;
    private readonly ReadOnlySpan<byte> _bytes;

    private DhcpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out DhcpMessage message)
    {
        message = new(bytes);
        return bytes.Length >= FixedLength && bytes[0] is 1 or 2 && bytes[1] == 1 && bytes[2] == 6 &&
            BinaryPrimitives.ReadUInt32BigEndian(bytes[236..]) == Cookie;
    }

    public bool IsReply => _bytes[0] == 2;
    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);
    public bool BroadcastFlag => (_bytes[10] & 0x80) != 0;

    /// <summary>ciaddr: what the client already has.</summary>
    public IpAddress ClientAddress => new(_bytes[12..16]);

    /// <summary>yiaddr: what the server gives.</summary>
    public IpAddress YourAddress => new(_bytes[16..20]);

    public MacAddress ClientHardware => new(_bytes[28..]);

    public DhcpMessageType Type => TryFind(DhcpOption.MessageType, out ReadOnlySpan<byte> value) && value.Length == 1 ? (DhcpMessageType)value[0] : DhcpMessageType.None;

    /// <summary>The first occurrence of an option. Options split over several occurrences (RFC 3396) are read as their first part.</summary>
    public bool TryFind(byte code, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> options = _bytes[FixedLength..];
        if (TryFindIn(options, code, out value)) return true;
        if (!TryFindIn(options, DhcpOption.Overload, out ReadOnlySpan<byte> overload) || overload.Length != 1) return false;
        return ((overload[0] & 1) != 0 && TryFindIn(_bytes.Slice(108, 128), code, out value)) ||
            ((overload[0] & 2) != 0 && TryFindIn(_bytes.Slice(44, 64), code, out value));
    }

    /// <summary>An option that is one IPv4 address.</summary>
    public bool TryFindAddress(byte code, out IpAddress address)
    {
        bool found = TryFind(code, out ReadOnlySpan<byte> value) && value.Length >= 4;
        address = found ? new IpAddress(value[..4]) : default;
        return found;
    }

    /// <summary>An option that is a number of seconds.</summary>
    public bool TryFindSeconds(byte code, out uint seconds)
    {
        bool found = TryFind(code, out ReadOnlySpan<byte> value) && value.Length == 4;
        seconds = found ? BinaryPrimitives.ReadUInt32BigEndian(value) : 0;
        return found;
    }

    private static bool TryFindIn(ReadOnlySpan<byte> options, byte code, out ReadOnlySpan<byte> value)
    {
        value = default;
        while (!options.IsEmpty && options[0] != DhcpOption.End)
        {
            if (options[0] == DhcpOption.Pad)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options.Length < 2 + options[1]) return false;
            if (options[0] == code)
            {
                value = options.Slice(2, options[1]);
                return true;
            }

            options = options[(2 + options[1])..];
        }

        return false;
    }
}

/// <summary>Writes a client's DHCP message: the fixed part, then options one after another.</summary>
public ref struct DhcpWriter
{
    /// <summary>RFC 1542 section 2.1: some relays drop messages shorter than a BOOTP packet.</summary>
    public const int MinimumLength = 300;

    private readonly Span<byte> _buffer;
    private int _position;

    /// <param name="buffer">At least 576 bytes, the size every client must accept.</param>
    public DhcpWriter(Span<byte> buffer, bool isReply, uint transactionId, ushort seconds, bool broadcast, IpAddress clientAddress, IpAddress yourAddress, MacAddress hardware)
    {
        _buffer = buffer;
        buffer[..DhcpMessage.FixedLength].Clear();
        buffer[0] = (byte)(isReply ? 2 : 1);
        buffer[1] = 1;
        buffer[2] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], transactionId);
        BinaryPrimitives.WriteUInt16BigEndian(buffer[8..], seconds);
        buffer[10] = (byte)(broadcast ? 0x80 : 0);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[12..], clientAddress.V4);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[16..], yourAddress.V4);
        hardware.CopyTo(buffer[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[236..], DhcpMessage.Cookie);
        _position = DhcpMessage.FixedLength;
    }

    public void Option(byte code, scoped ReadOnlySpan<byte> value)
    {
        _buffer[_position] = code;
        _buffer[_position + 1] = (byte)value.Length;
        value.CopyTo(_buffer[(_position + 2)..]);
        _position += 2 + value.Length;
    }

    public void Option(byte code, byte value) => Option(code, [value]);

    public void Option(byte code, IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.CopyTo(bytes);
        Option(code, bytes);
    }

    public void Option(byte code, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Option(code, bytes);
    }

    /// <summary>Ends the options, pads to the minimum and returns the length.</summary>
    public int Finish()
    {
        _buffer[_position++] = DhcpOption.End;
        while (_position < MinimumLength) _buffer[_position++] = 0;
        return _position;
    }
}
