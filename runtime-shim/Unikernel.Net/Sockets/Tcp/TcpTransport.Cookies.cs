using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// SYN cookies (RFC 4987 section 3.6): beyond the limit of half-open connections the answer to a SYN carries all that is
/// needed to make the connection when its acknowledgment comes back, and nothing is kept. Window scale, SACK and ECN survive in the low
/// bits of our timestamp.
/// </summary>
public sealed partial class TcpTransport
{
    // The initial sequence number: 5 bits of time in units of 64 s, 3 bits of segment size, 24 bits of keyed hash.
    private const int TimeShift = 27, MssShift = 24;
    private const uint HashMask = 0xff_ffff, TimeMask = 31, MssMask = 7;
    private static readonly TimeSpan s_cookieUnit = TimeSpan.FromSeconds(64);

    // In the timestamp: 4 bits of window scale (15: none), SACK and ECN.
    private const uint OptionBits = 63, ScaleMask = 15, SackBit = 16, EcnBit = 32;

    private static ReadOnlySpan<ushort> CookieMss => [536, 1024, 1200, 1300, 1400, 1440, 1460, 8960];

    private Instant _cookiesUntil;

    private void SendCookie(Instant now, in IpPacketInfo ip, in TcpRepr syn, in Route route)
    {
        Counters.CookiesSent++;
        // An acknowledgment can come back as late as two units of time.
        _cookiesUntil = now + 2 * s_cookieUnit;
        int index = CookieMss.Length - 1;
        int mss = syn.MaximumSegmentSize == 0 ? TcpConnection.DefaultMss : syn.MaximumSegmentSize;
        while (index > 0 && CookieMss[index] > mss) index--;
        var header = new TcpRepr
        {
            SourcePort = syn.DestinationPort,
            DestinationPort = syn.SourcePort,
            SequenceNumber = Cookie(ip, syn.SourcePort, syn.DestinationPort, syn.SequenceNumber, CookieTime(now), (uint)index),
            AcknowledgmentNumber = syn.SequenceNumber + 1,
            Flags = TcpFlags.Syn | TcpFlags.Ack,
            Window = (ushort)Math.Min(Limits.ReceiveBuffer, ushort.MaxValue),
            MaximumSegmentSize = (ushort)Math.Max(route.PathMtu - (ip.Source.IsV4 ? 40 : 60), TcpConnection.DefaultMss),
            WindowScale = -1,
        };
        if (syn.HasTimestamps)
        {
            header.HasTimestamps = true;
            header.TimestampEcho = syn.TimestampValue;
            header.SackPermitted = syn.SackPermitted;
            header.WindowScale = syn.WindowScale >= 0 ? CookieScale : (sbyte)-1;
            uint options = (syn.WindowScale >= 0 ? (uint)syn.WindowScale : ScaleMask) | (syn.SackPermitted ? SackBit : 0);
            if (TcpConnection.WantsEcn(ip, syn))
            {
                options |= EcnBit;
                header.Flags |= TcpFlags.Ece;
            }

            uint clock = (uint)now.TotalMilliseconds + TimestampOffset(ip.Destination, syn.DestinationPort, ip.Source, syn.SourcePort);
            uint stamp = clock & ~OptionBits | options;
            header.TimestampValue = TcpSequence.Less(clock, stamp) ? stamp - OptionBits - 1 : stamp; // never in the future
        }

        SendControl(now, ip.Destination, ip.Source, ip.InterfaceIndex, header);
    }

    // What connections offer by default, so that the connection made from a cookie agrees with what the cookie said.
    private sbyte CookieScale
    {
        get
        {
            sbyte shift = 0;
            while (shift < 14 && Math.Max(Limits.ReceiveBuffer, Limits.MaximumBuffer) >> shift > ushort.MaxValue) shift++;
            return shift;
        }
    }

    private TcpConnection? TryAcceptCookie(Instant now, in IpPacketInfo ip, ref TcpRepr segment, TcpListener listener)
    {
        if (now > _cookiesUntil) return null;
        uint iss = segment.AcknowledgmentNumber - 1, irs = segment.SequenceNumber - 1;
        uint time = iss >> TimeShift, index = iss >> MssShift & MssMask;
        if (((CookieTime(now) - time) & TimeMask) > 1 || Cookie(ip, segment.SourcePort, segment.DestinationPort, irs, time, index) != iss)
        {
            Counters.BadCookie++;
            return null;
        }

        Route route = default;
        if (!listener.CanEstablish || Output.TryRoute(ip.Source, ip.Destination, ip.Source.IsLinkLocal ? ip.InterfaceIndex : 0, ref route) != SendResult.Sent)
        {
            Counters.ListenOverflow++;
            return null;
        }

        var syn = new TcpRepr { SequenceNumber = irs, MaximumSegmentSize = CookieMss[(int)index], WindowScale = -1, Window = segment.Window, Flags = TcpFlags.Syn };
        if (segment.HasTimestamps)
        {
            uint options = segment.TimestampEcho & OptionBits;
            syn.HasTimestamps = true;
            syn.TimestampValue = segment.TimestampValue;
            syn.SackPermitted = (options & SackBit) != 0;
            if ((options & ScaleMask) != ScaleMask) syn.WindowScale = (sbyte)Math.Min(options & ScaleMask, 14);
        }

        Counters.CookiesAccepted++;
        TcpConnection connection = CreatePassive(now, ip, segment.SourcePort, segment.DestinationPort, listener);
        if (segment.HasTimestamps && (segment.TimestampEcho & EcnBit) != 0) connection.AcceptEcn();
        connection.OpenFromCookie(now, route, syn, iss);
        return connection;
    }

    private static uint CookieTime(Instant now) => (uint)(now.Ticks / s_cookieUnit.Ticks) & TimeMask;

    private uint Cookie(in IpPacketInfo ip, ushort remotePort, ushort localPort, uint irs, uint time, uint index)
    {
        // The peer's sequence number and the visible fields are part of what is authenticated.
        uint hash = (uint)_secret.Hash(TcpSecret.Purpose.Cookie, ip.Destination, localPort, ip.Source, remotePort, irs ^ (time << TimeShift | index << MssShift));
        return time << TimeShift | index << MssShift | hash & HashMask;
    }
}
