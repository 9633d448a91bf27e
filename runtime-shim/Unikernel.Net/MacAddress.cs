using System.Buffers.Binary;
using System.Globalization;

namespace Unikernel.Net;

/// <summary>A 48-bit Ethernet address.</summary>
public readonly record struct MacAddress
{
    private readonly ulong _value;

    /// <param name="value">The six bytes as a big-endian number.</param>
    public MacAddress(ulong value) => _value = value & 0xffff_ffff_ffff;

    public MacAddress(ReadOnlySpan<byte> bytes) =>
        _value = (ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32 | BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(2, 4));

    public static MacAddress Broadcast => new(0xffff_ffff_ffff);

    public ulong Value => _value;
    public bool IsBroadcast => _value == 0xffff_ffff_ffff;
    public bool IsMulticast => (_value >> 40 & 1) != 0;
    public bool IsUnicast => !IsMulticast && _value != 0;

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination.Slice(2, 4), (uint)_value);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(_value >> 32));
    }

    /// <summary>The link-layer group address of an IP multicast address (RFC 1112 section 6.4, RFC 2464 section 7).</summary>
    public static MacAddress ForMulticast(IpAddress group) =>
        group.IsV4 ? new(0x0100_5e00_0000UL | group.V4 & 0x7f_ffff) : new(0x3333_0000_0000UL | group.Low & 0xffff_ffff);

    /// <summary>The modified EUI-64 interface identifier (RFC 4291 appendix A).</summary>
    public ulong InterfaceIdentifier =>
        (_value >> 24 << 40 | 0xff_fe00_0000UL | _value & 0xff_ffff) ^ 0x0200_0000_0000_0000;

    public override string ToString()
    {
        ulong v = _value;
        return string.Create(CultureInfo.InvariantCulture,
            $"{(byte)(v >> 40):x2}:{(byte)(v >> 32):x2}:{(byte)(v >> 24):x2}:{(byte)(v >> 16):x2}:{(byte)(v >> 8):x2}:{(byte)v:x2}");
    }
}
