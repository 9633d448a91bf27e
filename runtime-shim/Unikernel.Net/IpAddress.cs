using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Unikernel.Net;

/// <summary>
/// An IPv4 or IPv6 address in 16 bytes. IPv4 is held as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so dual-mode sockets need no
/// conversion; such an address never appears inside an IPv6 packet (the interface drops it there), so the two never mix.
/// <c>default</c> is the IPv6 unspecified address.
/// </summary>
public readonly struct IpAddress : IEquatable<IpAddress>
{
    private readonly ulong _high, _low;
    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    /// <param name="high">The first eight bytes as a big-endian number.</param>
    /// <param name="low">The last eight bytes as a big-endian number.</param>
    public IpAddress(ulong high, ulong low) => (_high, _low) = (high, low);

    /// <summary>The IPv4 address a.b.c.d.</summary>
    public IpAddress(byte a, byte b, byte c, byte d) : this((uint)(a << 24 | b << 16 | c << 8 | d)) { }

    /// <param name="ipv4">An IPv4 address as a big-endian number (192.0.2.1 is 0xc0000201).</param>
    public IpAddress(uint ipv4) => (_high, _low) = (0, MappedPrefix | ipv4);

    /// <summary>Reads 4 bytes (IPv4) or 16 bytes (IPv6) in network order.</summary>
    public IpAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 4)
        {
            _high = 0;
            _low = MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }
        else
        {
            _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
            _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        }
    }

    public static IpAddress Any4 => new(0u);
    public static IpAddress Any6 => default;
    public static IpAddress Loopback4 => new(0x7f000001u);
    public static IpAddress Loopback6 => new(0, 1);
    public static IpAddress Broadcast4 => new(0xffffffffu);

    public ulong High => _high;
    public ulong Low => _low;

    public bool IsV4 => _high == 0 && (_low >> 32) == 0xffff;
    public bool IsV6 => !IsV4;

    /// <summary>The IPv4 address as a big-endian number; meaningless unless <see cref="IsV4"/>.</summary>
    public uint V4 => (uint)_low;

    /// <summary>0.0.0.0 or ::.</summary>
    public bool IsUnspecified => _high == 0 && (_low == 0 || _low == MappedPrefix);

    public bool IsLoopback => IsV4 ? V4 >> 24 == 127 : _high == 0 && _low == 1;
    public bool IsMulticast => IsV4 ? V4 >> 28 == 0xe : _high >> 56 == 0xff;
    public bool IsLinkLocal => IsV4 ? V4 >> 16 == 0xa9fe : _high >> 54 == 0xfe80 >> 6;
    public bool IsBroadcast => IsV4 && V4 == 0xffffffff;

    /// <summary>Link-local or interface-local scope of a multicast address: valid on one link only.</summary>
    public bool IsLinkScopedMulticast => IsV4 ? V4 >> 8 == 0xe00000 : _high >> 56 == 0xff && (_high >> 48 & 0xf) <= 2;

    /// <summary>Can be the source of a packet on a wire: not multicast, not broadcast, not unspecified.</summary>
    public bool IsUnicast => !IsMulticast && !IsBroadcast && !IsUnspecified;

    /// <summary>Bytes on the wire: 4 or 16.</summary>
    public int Length => IsV4 ? 4 : 16;

    /// <summary>Writes <see cref="Length"/> bytes in network order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CopyTo(Span<byte> destination)
    {
        if (IsV4)
            BinaryPrimitives.WriteUInt32BigEndian(destination, V4);
        else
            CopyTo16(destination);
    }

    /// <summary>Writes all 16 bytes, IPv4 in its mapped form.</summary>
    public void CopyTo16(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
    }

    /// <summary>The first <paramref name="prefixLength"/> bits (counted in the address's own family), the rest zero.</summary>
    public IpAddress Masked(int prefixLength)
    {
        if (IsV4) prefixLength += 96;
        ulong high = prefixLength >= 64 ? _high : prefixLength <= 0 ? 0 : _high & ~(ulong.MaxValue >> prefixLength);
        int rest = prefixLength - 64;
        ulong low = rest >= 64 ? _low : rest <= 0 ? 0 : _low & ~(ulong.MaxValue >> rest);
        return new(high, low);
    }

    /// <summary>The solicited-node multicast address of an IPv6 address (RFC 4291 section 2.7.1).</summary>
    public IpAddress SolicitedNode => new(0xff02_0000_0000_0000, 0x0000_0001_ff00_0000 | _low & 0xff_ffff);

    public bool Equals(IpAddress other) => _high == other._high && _low == other._low;
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is IpAddress other && Equals(other);
    public static bool operator ==(IpAddress left, IpAddress right) => left.Equals(right);
    public static bool operator !=(IpAddress left, IpAddress right) => !left.Equals(right);

    public override int GetHashCode()
    {
        // A multiplicative mix: every bit of the address reaches the low bits that tables use as an index.
        ulong mixed = (_high ^ _low * 0x9e37_79b9_7f4a_7c15) * 0xbf58_476d_1ce4_e5b9;
        return (int)(mixed >> 32);
    }

    public override string ToString() => IpAddressText.Format(this);
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address) => IpAddressText.TryParse(text, out address);
    public static IpAddress Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address.");
}

/// <summary>An address and the length of its network prefix.</summary>
public readonly record struct IpCidr(IpAddress Address, byte PrefixLength)
{
    public IpAddress Network => Address.Masked(PrefixLength);
    public bool Contains(IpAddress other) => other.IsV4 == Address.IsV4 && other.Masked(PrefixLength) == Network;

    /// <summary>The directed broadcast address of an IPv4 network; null for IPv6, /31 (RFC 3021) and /32.</summary>
    public IpAddress? Broadcast => Address.IsV4 && PrefixLength < 31 ? new IpAddress(Address.V4 | uint.MaxValue >> PrefixLength) : null;

    public override string ToString() => $"{Address}/{PrefixLength}";
}

/// <summary>An address, a port, and for link-local addresses the index of the interface they belong to (0: any).</summary>
public readonly record struct IpEndpoint(IpAddress Address, ushort Port, int ScopeId = 0)
{
    public override string ToString() => Address.IsV4 ? $"{Address}:{Port}" : ScopeId == 0 ? $"[{Address}]:{Port}" : $"[{Address}%{ScopeId}]:{Port}";
}
