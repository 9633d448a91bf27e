using System.Buffers.Binary;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// TCP Fast Open (RFC 7413): text in the SYN of a peer that was here before is given to the program at once, and its answer goes out before
/// the handshake is complete. As a client, the first text waits for no round trip.
/// </summary>
public sealed partial class TcpConnection
{
    [Flags]
    private enum FastOpenState : byte
    {
        None = 0,

        /// <summary>Our SYN-ACK carries a cookie.</summary>
        Grants = 1,

        /// <summary>Our next SYN carries the cookie, or asks for one.</summary>
        Asks = 2,

        /// <summary>It has.</summary>
        Asked = 4,

        /// <summary>The SYN waits for the program's first text.</summary>
        Deferred = 8,

        /// <summary>In the form of the experiments (RFC 7413 section 7).</summary>
        Experimental = 16,
    }

    // What a SYN's options may take (MAX_TCP_OPTION_SPACE).
    private const int MaximumOptions = 40;

    private FastOpenState _fastOpen;
    private ushort _synText;                    // bytes that our SYN carried
    private bool _asksNoCookie;                 // it does without one
    private TcpFastOpenServer? _fastOpenServer; // whose cookie it carries
    private TcpListener? _fastOpenListener;     // which counts us until the handshake is complete

    /// <summary>In SYN-RECEIVED, and text flows already.</summary>
    internal bool IsFastOpen => _fastOpenListener is not null;

    /// <summary>In SYN-SENT, and the SYN goes out with the first text.</summary>
    internal bool IsDeferred => (_fastOpen & FastOpenState.Deferred) != 0;

    // ---- Server ----

    // True: the packet is owned by the receive queue now.
    private bool AcceptFastOpen(Instant now, TcpRepr syn, PacketBuffer packet)
    {
        if (!Listener!.CanFastOpen(now) || syn.PayloadLength > _receiveLimit)
        {
            Counters.FastOpenOverflow++;
            return false;
        }

        if (!Listener.Options.FastOpenNoCookie && !HasOurCookie(syn)) return false;
        Counters.FastOpenPassive++;
        Counters.PassiveOpens++;
        _fastOpenListener = Listener;
        Listener.FastOpenBegan();
        if (syn.PayloadLength == 0) return false;
        packet.TrimStart(packet.TotalLength - syn.PayloadLength);
        Deliver(packet, syn.PayloadLength);
        AccountReceive();
        return true;
    }

    // What is not ours, or of a key that is being replaced, is answered by one that is (net/ipv4/tcp_fastopen.c, tcp_try_fastopen).
    private bool HasOurCookie(TcpRepr syn)
    {
        bool has = false;
        if (syn.FastOpenCookie.Length == TcpFastOpen.CookieLength)
        {
            ulong cookie = BinaryPrimitives.ReadUInt64BigEndian(syn.FastOpenCookie);
            if (cookie == OurCookie) return true;
            has = Listener!.Options.FastOpenKeys?.IsOfBackup(cookie, LocalAddress, RemoteAddress) == true;
        }

        if (!has && !syn.FastOpenCookie.IsEmpty) Counters.FastOpenBadCookie++;
        _fastOpen = FastOpenState.Grants | (syn.FastOpenExperimental ? FastOpenState.Experimental : 0);
        return has;
    }

    private ulong OurCookie => (Listener?.Options ?? Socket?.Options)?.FastOpenKeys is { } keys ? keys.Cookie(LocalAddress, RemoteAddress) : Transport.FastOpen.Cookie(LocalAddress, RemoteAddress);

    private void EndFastOpen(bool wasReset)
    {
        _fastOpenListener!.FastOpenEnded(wasReset);
        _fastOpenListener = null;
    }

    // ---- Client ----

    /// <summary>Active open with text in the SYN, if the server's cookie is known; false: the SYN will ask for one, and goes out now.</summary>
    internal bool Defer(in Route route, bool withoutCookie)
    {
        _fastOpen = FastOpenState.Asks;
        _fastOpenServer = withoutCookie ? new TcpFastOpenServer(RemoteAddress, [], DefaultMss) : Transport.FastOpen.Find(RemoteAddress);
        if (_fastOpenServer is { IsExperimental: true }) _fastOpen |= FastOpenState.Experimental;
        _asksNoCookie = withoutCookie;
        if (!withoutCookie && _fastOpenServer is null or { Cookie: [] }) return false;
        _fastOpen |= FastOpenState.Deferred;
        _route = route;
        SetState(TcpState.SynSent);
        return true;
    }

    /// <summary>The text that a deferred SYN takes.</summary>
    internal int SynRoom
    {
        get
        {
            int mss = Math.Min(_fastOpenServer!.MaximumSegment, _route.PathMtu - IpHeaderLength - TcpPacket.MinimumHeaderLength);
            return Math.Clamp(mss - MaximumOptions, 0, Transport.Output.Pool.PayloadSize);
        }
    }

    /// <summary>The first text has come.</summary>
    internal void OpenActive(Instant now)
    {
        _fastOpen &= ~FastOpenState.Deferred;
        OpenActive(now, _route);
    }

    private void AddSynText(PacketBuffer packet)
    {
        if (_sendQueue.IsEmpty) return;
        Counters.FastOpenActive++;
        _synText = (ushort)_sendQueue.Length;
        _sendQueue.CopyTo(0, packet.Append(_synText));
        _sndNxt += _synText;
    }

    private void AddFastOpen(ref TcpRepr header)
    {
        if ((_fastOpen & FastOpenState.Grants) != 0)
        {
            header.FastOpen = 1 + TcpFastOpen.CookieLength;
            header.FastOpenExperimental = (_fastOpen & FastOpenState.Experimental) != 0;
            BinaryPrimitives.WriteUInt64BigEndian(header.FastOpenCookie, OurCookie);
        }
        else if ((_fastOpen & FastOpenState.Asks) != 0)
        {
            _fastOpen = FastOpenState.Asked | (_fastOpen & FastOpenState.Experimental);
            if (_asksNoCookie) return;
            header.FastOpenExperimental = (_fastOpen & FastOpenState.Experimental) != 0;
            header.FastOpen = (byte)(1 + (_fastOpenServer?.Cookie.Length ?? 0));
            _fastOpenServer?.Cookie.CopyTo(header.FastOpenCookie);
        }
    }

    // It goes again without text and cookie (section 4.1.3): perhaps the path swallows what it does not know.
    private void SynWasLost()
    {
        _fastOpen &= ~FastOpenState.Asks;
        if (_synText > 0) Transport.FastOpen.Forget(_fastOpenServer!);
    }

    private void LearnCookie(TcpRepr segment)
    {
        if ((_fastOpen & FastOpenState.Asked) == 0 || _asksNoCookie) return;
        int mss = segment.MaximumSegmentSize != 0 ? segment.MaximumSegmentSize : _peerMss;
        if (segment.FastOpen != 0)
            Transport.FastOpen.Remember(RemoteAddress, segment.FastOpenCookie, mss, segment.FastOpenExperimental);
        else if (_retries == 0 && _fastOpenServer is null or { Cookie: [], IsExperimental: true })
            // It does not know the option: the next time it is asked in the other form, and after that as before (net/ipv4/tcp_metrics.c, try_exp).
            Transport.FastOpen.RememberForm(RemoteAddress, mss, _fastOpenServer is null);
    }

    // What the peer did not take of the SYN's text goes again at once (section 4.2.2).
    private void AcknowledgeSynText(uint acknowledgment)
    {
        int taken = (int)(acknowledgment - _sndUna);
        if (taken < _synText) Counters.FastOpenNotTaken++;
        _sendQueue.TrimStart(taken);
        _sendQueueStart += (uint)taken;
        AccountSend();
        _sndUna = _sndNxt = acknowledgment;
        _synText = 0;
    }
}
