namespace Unikernel.Net;

/// <summary>
/// A protocol above IP: registered with the stack by its number. All calls come under the stack's lock. This is the whole of
/// what the IP layer knows about what is above it.
/// </summary>
public interface ITransport
{
    IpProtocol Protocol { get; }

    /// <summary>A packet for one of our addresses (or groups), <see cref="PacketBuffer.Data"/> at the transport header, cut to IP's length. Owns it.</summary>
    void Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet);

    /// <summary>
    /// An ICMP error about one of our packets; at least eight bytes of its transport header are quoted. True: they belong to a
    /// live connection or socket (TCP: with a sequence number in flight, RFC 5927); only then a path MTU report is believed.
    /// </summary>
    bool ReceiveError(Instant now, in IpErrorInfo error, ReadOnlySpan<byte> transportHeader);

    /// <summary>Timers, and what is ready to be sent. Bounded work: what remains makes <see cref="NextDeadline"/> be now.</summary>
    void Poll(Instant now);

    /// <summary>When <see cref="Poll"/> must be called again though no packet arrives.</summary>
    Instant NextDeadline { get; }
}
