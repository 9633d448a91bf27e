using System.Buffers.Binary;

namespace Unikernel.Net.Wire;

/// <summary>What a walk over extension headers came to.</summary>
public enum ExtensionWalk : byte
{
    /// <summary>At a transport header, or at ESP, or at "no next header".</summary>
    Transport,

    /// <summary>At a fragment header.</summary>
    Fragment,

    /// <summary>A header's length reaches beyond the packet, or the chain is not all in the first fragment.</summary>
    Truncated,

    /// <summary>More headers than anything legitimate has; RFC 8504 section 5.3 allows the limit.</summary>
    TooMany,

    /// <summary>A hop-by-hop header that is not the first (RFC 8200 section 4.1), or a type-0 routing header (RFC 5095).</summary>
    Forbidden,

    /// <summary>An option whose type says "discard" (RFC 8200 section 4.2), silently.</summary>
    DiscardSilently,

    /// <summary>An option whose type says "discard and send ICMP parameter problem, code 2".</summary>
    DiscardAndReport,
}

/// <summary>
/// Walks from the fixed IPv6 header to what it carries (RFC 8200 section 4), with limits: each header is checked against the
/// packet's end, and so many headers and options are the most.
/// </summary>
public ref struct Ipv6ExtensionWalker
{
    /// <summary>Extension headers per packet.</summary>
    public const int MaximumHeaders = 8;

    /// <summary>Options per header (RFC 8504 section 5.3 names 8 as the default limit for non-padding options).</summary>
    public const int MaximumOptions = 16;

    private readonly ReadOnlySpan<byte> _payload;

    /// <param name="next">The fixed header's next-header field.</param>
    /// <param name="payload">What follows the fixed header.</param>
    public Ipv6ExtensionWalker(IpProtocol next, ReadOnlySpan<byte> payload)
    {
        _payload = payload;
        Next = next;
    }

    /// <summary>The protocol found, when the walk ended at <see cref="ExtensionWalk.Transport"/>.</summary>
    public IpProtocol Next { get; private set; }

    /// <summary>Where that header begins in the payload; for a problem, the octet that ICMP should point at.</summary>
    public int Offset { get; private set; }

    /// <summary>Where the next-header octet stands that named <see cref="Next"/>, from the payload's start; -1: in the fixed header.</summary>
    public int NextHeaderOffset { get; private set; } = -1;

    /// <summary>Fragment header's fields, when the walk ended at <see cref="ExtensionWalk.Fragment"/>.</summary>
    public Ipv6FragmentRepr Fragment { get; private set; }

    public ExtensionWalk Walk()
    {
        for (int headers = 0; ; headers++)
        {
            switch (Next)
            {
                case IpProtocol.HopByHop when headers > 0:
                    Offset = NextHeaderOffset;
                    return ExtensionWalk.Forbidden;
                case IpProtocol.HopByHop:
                case IpProtocol.Ipv6Destination:
                case IpProtocol.Ipv6Routing:
                    break;
                case IpProtocol.Ipv6Fragment:
                    if (_payload.Length - Offset < Ipv6FragmentRepr.Length) return ExtensionWalk.Truncated;
                    Fragment = Ipv6FragmentRepr.Parse(_payload[Offset..]);
                    return ExtensionWalk.Fragment;
                default:
                    return ExtensionWalk.Transport;
            }

            if (headers == MaximumHeaders) return ExtensionWalk.TooMany;
            if (_payload.Length - Offset < 8) return ExtensionWalk.Truncated;
            int length = (_payload[Offset + 1] + 1) * 8;
            if (length > _payload.Length - Offset) return ExtensionWalk.Truncated;
            ReadOnlySpan<byte> header = _payload.Slice(Offset, length);
            if (Next == IpProtocol.Ipv6Routing)
            {
                // Segments left not 0: we are no router, and the type is not known to us (RFC 8200 section 4.4).
                if (header[3] != 0)
                {
                    Offset += 2;
                    return ExtensionWalk.Forbidden;
                }
            }
            else
            {
                ExtensionWalk options = CheckOptions(header[2..], out int at);
                if (options != ExtensionWalk.Transport)
                {
                    Offset += 2 + at;
                    return options;
                }
            }

            NextHeaderOffset = Offset;
            Next = (IpProtocol)header[0];
            Offset += length;
        }
    }

    // RFC 8200 section 4.2: the two highest bits of an unknown option's type say what to do.
    private static ExtensionWalk CheckOptions(ReadOnlySpan<byte> options, out int at)
    {
        at = 0;
        for (int count = 0; at < options.Length; count++)
        {
            byte type = options[at];
            if (type == 0) // Pad1
            {
                at++;
                continue;
            }

            if (count == MaximumOptions) return ExtensionWalk.TooMany;
            if (at + 2 > options.Length || at + 2 + options[at + 1] > options.Length) return ExtensionWalk.Truncated;
            if (type is not (1 or 5)) // PadN, router alert
            {
                switch (type >> 6)
                {
                    case 1: return ExtensionWalk.DiscardSilently;
                    case 2 or 3: return ExtensionWalk.DiscardAndReport;
                }
            }

            at += 2 + options[at + 1];
        }

        return ExtensionWalk.Transport;
    }
}

/// <summary>The fragment header (RFC 8200 section 4.5). <paramref name="Offset"/> in bytes.</summary>
public readonly record struct Ipv6FragmentRepr(IpProtocol NextHeader, int Offset, bool MoreFragments, uint Identification)
{
    public const int Length = 8;

    public int BufferLength => Length;

    /// <param name="bytes">At least <see cref="Length"/> bytes.</param>
    public static Ipv6FragmentRepr Parse(ReadOnlySpan<byte> bytes)
    {
        int offset = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return new((IpProtocol)bytes[0], offset & 0xfff8, (offset & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
    }

    public void Emit(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer, (uint)NextHeader << 24 | (uint)(Offset & 0xfff8) | (MoreFragments ? 1u : 0));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], Identification);
    }
}
