using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>IGMP version 2 (RFC 2236), and version 3 queries (RFC 3376), which an IGMPv2 host answers with version 2 reports.</summary>
public readonly record struct IgmpRepr(IgmpType Type, byte MaximumResponse, IpAddress Group)
{
    public const int Length = 8;

    public int BufferLength => Length;

    public static bool TryParse(ReadOnlySpan<byte> bytes, out IgmpRepr igmp)
    {
        igmp = default;
        if (bytes.Length < Length || !InternetChecksum.IsValid(InternetChecksum.Add(bytes))) return false;
        igmp = new((IgmpType)bytes[0], bytes[1], new IpAddress(bytes[4..8]));
        return true;
    }

    /// <summary>Writes the message with its checksum.</summary>
    public void Emit(Span<byte> buffer)
    {
        buffer = buffer[..Length];
        BinaryPrimitives.WriteUInt64BigEndian(buffer, (ulong)Type << 56 | (ulong)MaximumResponse << 48 | Group.V4);
        InternetChecksum.Write(buffer[2..4], InternetChecksum.Add(buffer));
    }
}

public enum IgmpType : byte
{
    MembershipQuery = 0x11,
    Version1Report = 0x12,
    Version2Report = 0x16,
    LeaveGroup = 0x17,
    Version3Report = 0x22,
}

/// <summary>
/// A version 2 multicast listener report (RFC 3810 section 5.2) of one record: what a host sends when it joins or leaves a group
/// for any source.
/// </summary>
public readonly record struct MldReportRepr(bool IsJoin, IpAddress Group)
{
    public const int Length = 28;
    private const byte ChangeToInclude = 3, ChangeToExclude = 4;

    public int BufferLength => Length;

    /// <summary>Writes the ICMPv6 message without its checksum.</summary>
    public void Emit(Span<byte> buffer)
    {
        new IcmpRepr((byte)Icmpv6Type.MulticastListenerReport2, 0, 1).Emit(buffer);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[8..], (uint)(IsJoin ? ChangeToExclude : ChangeToInclude) << 24);
        Group.CopyTo16(buffer[12..]);
    }
}
