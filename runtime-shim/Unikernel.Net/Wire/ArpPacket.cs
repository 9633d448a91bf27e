using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

public enum ArpOperation : ushort
{
    Request = 1,
    Reply = 2,
}

/// <summary>An ARP packet for IPv4 over Ethernet (RFC 826); other hardware and protocols do not parse.</summary>
public readonly record struct ArpRepr(
    ArpOperation Operation, MacAddress SenderHardware, IpAddress SenderProtocol, MacAddress TargetHardware, IpAddress TargetProtocol)
{
    public const int Length = 28;

    public int BufferLength => Length;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpRepr arp)
    {
        // Hardware type Ethernet (1), protocol type IPv4, address lengths 6 and 4, in one comparison.
        if (bytes.Length < Length || BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16 != 0x0001_0800_0604)
        {
            arp = default;
            return false;
        }

        arp = new((ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]), new MacAddress(bytes[8..]), new IpAddress(bytes[14..18]),
            new MacAddress(bytes[18..]), new IpAddress(bytes[24..28]));
        return arp.Operation is ArpOperation.Request or ArpOperation.Reply;
    }

    /// <summary>RFC 5227 section 1.1: asks for an address without claiming it; the sender's protocol address is zero.</summary>
    public static ArpRepr Probe(MacAddress from, IpAddress address) => new(ArpOperation.Request, from, IpAddress.Any4, default, address);

    /// <summary>RFC 5227 section 1.1: claims an address.</summary>
    public static ArpRepr Announcement(MacAddress from, IpAddress address) => new(ArpOperation.Request, from, address, default, address);

    public void Emit(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt64BigEndian(buffer, 0x0001_0800_0604_0000UL | (ushort)Operation);
        SenderHardware.CopyTo(buffer[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[14..], SenderProtocol.V4);
        TargetHardware.CopyTo(buffer[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[24..], TargetProtocol.V4);
    }
}
