using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// TCP as the stack sees it: matches segments with connections and listeners, runs timers, and sends what connections have to send
/// once per poll, so that a burst of segments is answered once. Under the stack's lock.
/// </summary>
public sealed partial class TcpTransport : ITransport, ICounterGroup
{
    private const int MemoryWakesPerPoll = 16;
    private readonly TcpTable _table;
    private readonly TcpListener?[] _listeners = new TcpListener?[64];
    private readonly TcpSecret _secret;
    private TcpConnection? _dirty;
    private TcpConnection? _firstWaiting, _lastWaiting;
    private TcpTimeWait? _oldestTimeWait, _newestTimeWait;

    public TcpTransport(IIpOutput output, IEntropySource entropy, TcpLimits? limits = null)
    {
        Output = output;
        Limits = limits ?? new TcpLimits();
        _secret = new TcpSecret(entropy);
        _table = new TcpTable(_secret);
    }

    public IpProtocol Protocol => IpProtocol.Tcp;
    public TcpLimits Limits { get; }
    public TcpCounters Counters { get; } = new();

    /// <summary>Connections, TIME-WAIT included.</summary>
    public int ConnectionCount => _table.Count;

    /// <summary>A socket listens, or has listened.</summary>
    public bool HasListened { get; private set; }

    public int TimeWaitCount { get; private set; }

    /// <summary>Connections in SYN-RECEIVED.</summary>
    public int HalfOpenCount { get; internal set; }

    /// <summary>Told of each change of state: for tests and for tracing a problem.</summary>
    public Action<TcpConnection, TcpState, TcpState>? Trace { get; set; }

    internal IIpOutput Output { get; }
    internal TcpTimerHeap Timers { get; } = new();

    public void Visit(ICounterVisitor visitor) => Counters.Visit(visitor);

    // ---- Input ----

    public void Receive(Instant now, in IpPacketInfo ip, PacketBuffer packet)
    {
        Counters.SegmentsReceived++;
        int total = packet.TotalLength;
        if (!TcpRepr.TryParse(packet.Data, total, out TcpRepr segment))
        {
            Drop(ref Counters.Malformed, packet);
            return;
        }

        if (packet.Checksum != ChecksumState.Verified &&
            !InternetChecksum.IsValid(InternetChecksum.Add(packet, 0, InternetChecksum.PseudoHeader(ip.Source, ip.Destination, IpProtocol.Tcp, total))))
        {
            Drop(ref Counters.ChecksumErrors, packet);
            return;
        }

        // RFC 9293 section 3.9.2.3: TCP is between two single addresses.
        if (ip.WasBroadcastOrMulticast || !ip.Source.IsUnicast || ip.Destination.IsMulticast || segment.SourcePort == 0)
        {
            Drop(ref Counters.BadAddress, packet);
            return;
        }

        TcpTableEntry? entry = _table.Find(ip.Destination, segment.DestinationPort, ip.Source, segment.SourcePort);
        if (entry is TcpConnection connection)
        {
            packet.TrimStart(total - segment.PayloadLength);
            connection.Receive(now, ip, ref segment, packet);
            return;
        }

        if (entry is TcpTimeWait timeWait)
        {
            if (!timeWait.AllowsReuse(segment) || FindListener(ip.Destination, segment.DestinationPort, ip) is null)
            {
                timeWait.Receive(now, this, segment);
                packet.Release();
                return;
            }

            Counters.TimeWaitReused++;
            RemoveTimeWait(timeWait);
        }

        ReceiveUnmatched(now, ip, ref segment, packet);
    }

    // CLOSED and LISTEN (RFC 9293 sections 3.10.7.1 and 3.10.7.2).
    private void ReceiveUnmatched(Instant now, in IpPacketInfo ip, ref TcpRepr segment, PacketBuffer packet)
    {
        if (segment.Has(TcpFlags.Rst))
        {
            Drop(ref Counters.NoConnection, packet);
            return;
        }

        TcpListener? listener = FindListener(ip.Destination, segment.DestinationPort, ip);
        if (listener is null)
        {
            Counters.NoConnection++;
            SendResetFor(now, ip, segment);
            packet.Release();
            return;
        }

        if (segment.Has(TcpFlags.Ack))
        {
            if (!segment.Has(TcpFlags.Syn) && TryAcceptCookie(now, ip, ref segment, listener) is { } accepted)
            {
                packet.TrimStart(packet.TotalLength - segment.PayloadLength);
                accepted.Receive(now, ip, ref segment, packet);
                return;
            }

            Counters.NoConnection++;
            SendResetFor(now, ip, segment);
            packet.Release();
            return;
        }

        if (!segment.Has(TcpFlags.Syn)) Counters.MissingAck++;
        else if (ReceiveSyn(now, ip, segment, packet, listener)) return;
        packet.Release();
    }

    /// <summary>True: the packet is owned by a connection's queue now.</summary>
    private bool ReceiveSyn(Instant now, in IpPacketInfo ip, in TcpRepr segment, PacketBuffer packet, TcpListener listener)
    {
        if (segment.Has(TcpFlags.Fin))
        {
            Counters.Malformed++;
            return false;
        }

        if (!listener.CanEstablish)
        {
            // Silence, not a reset: the peer's next SYN may find room.
            Counters.ListenOverflow++;
            return false;
        }

        Route route = default;
        if (Output.TryRoute(ip.Source, ip.Destination, listener.InterfaceIndex != 0 || ip.Source.IsLinkLocal ? ip.InterfaceIndex : 0, ref route) != SendResult.Sent)
        {
            Counters.SendFailed++;
            return false;
        }

        if (HalfOpenCount >= Limits.HalfOpen || IsShortOfMemory)
        {
            Counters.HalfOpenOverflow++;
            if (segment.PayloadLength > 0) Counters.SynTextIgnored++;
            SendCookie(now, ip, segment, route);
            return false;
        }

        if (_table.Count - TimeWaitCount >= Limits.Connections)
        {
            Counters.ConnectionLimit++;
            return false;
        }

        TcpConnection connection = CreatePassive(now, ip, segment.SourcePort, segment.DestinationPort, listener);
        if (TcpConnection.WantsEcn(ip, segment)) connection.AcceptEcn();
        if (connection.OpenPassive(now, route, segment, packet)) return true;
        if (segment.PayloadLength > 0) Counters.SynTextIgnored++;
        return false;
    }

    private TcpConnection CreatePassive(Instant now, in IpPacketInfo ip, ushort remotePort, ushort localPort, TcpListener listener)
    {
        var connection = new TcpConnection(this, listener)
        {
            LocalAddress = ip.Destination,
            LocalPort = localPort,
            RemoteAddress = ip.Source,
            RemotePort = remotePort,
        };
        connection.Configure(listener.Options, now);
        if (listener.InterfaceIndex != 0 || ip.Source.IsLinkLocal) connection.SetInterface(ip.InterfaceIndex);
        _table.Add(connection);
        return connection;
    }

    private void Drop(ref long counter, PacketBuffer packet)
    {
        counter++;
        packet.Release();
    }

    public bool ReceiveError(Instant now, in IpErrorInfo error, ReadOnlySpan<byte> transportHeader)
    {
        if (transportHeader.Length < 8)
        {
            Counters.IcmpIgnored++;
            return false;
        }

        ushort localPort = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(transportHeader);
        ushort remotePort = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(transportHeader[2..]);
        uint sequence = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(transportHeader[4..]);
        if (_table.Find(error.Source, localPort, error.Destination, remotePort) is TcpConnection connection)
            return connection.ReceiveError(now, error, sequence);
        Counters.IcmpIgnored++;
        return false;
    }

    // ---- Output ----

    /// <summary>The reset that a segment without a connection deserves (RFC 9293 section 3.10.7.1).</summary>
    internal void SendResetFor(Instant now, in IpPacketInfo ip, in TcpRepr segment)
    {
        Counters.ResetsSent++;
        var header = new TcpRepr { SourcePort = segment.DestinationPort, DestinationPort = segment.SourcePort, WindowScale = -1 };
        if (segment.Has(TcpFlags.Ack))
        {
            header.SequenceNumber = segment.AcknowledgmentNumber;
            header.Flags = TcpFlags.Rst;
        }
        else
        {
            header.AcknowledgmentNumber = segment.SequenceNumber + (uint)segment.SequenceLength;
            header.Flags = TcpFlags.Rst | TcpFlags.Ack;
        }

        SendControl(now, ip.Destination, ip.Source, ip.InterfaceIndex, header);
    }

    internal void SendControl(Instant now, IpAddress source, IpAddress destination, int interfaceIndex, in TcpRepr header)
    {
        Route route = default;
        if (Output.Pool.Rent() is not { } packet)
        {
            Counters.NoBuffer++;
            return;
        }

        header.Emit(packet.Prepend(header.HeaderLength));
        packet.RequestChecksum(TcpPacket.ChecksumOffset);
        if (Output.TryRoute(destination, source, destination.IsLinkLocal ? interfaceIndex : 0, ref route) != SendResult.Sent)
        {
            Counters.SendFailed++;
            packet.Release();
            return;
        }

        SendResult result = Output.Send(now, ref route, packet, new IpSendOptions(IpProtocol.Tcp) { DontFragment = true });
        if (result is SendResult.Sent or SendResult.Queued) Counters.SegmentsSent++;
        else Counters.SendFailed++;
    }

    /// <summary>The connection has perhaps something to send at the end of this poll.</summary>
    internal void MarkDirty(TcpConnection connection)
    {
        if (connection.IsDirty) return;
        connection.IsDirty = true;
        connection.DirtyNext = _dirty;
        _dirty = connection;
    }

    public void Poll(Instant now)
    {
        while (Timers.TakeDue(now) is { } due) due.TimerFired(now);
        while (_oldestTimeWait is { } oldest && oldest.Expires <= now) RemoveTimeWait(oldest);
        while (_dirty is { } connection)
        {
            _dirty = connection.DirtyNext;
            connection.DirtyNext = null;
            connection.IsDirty = false;
            connection.Output(now);
        }

        if (_firstWaiting is not null && HasSendMemory) WakeMemoryWaiters();
    }

    public Instant NextDeadline
    {
        get
        {
            if (_dirty is not null || (_firstWaiting is not null && HasSendMemory)) return Instant.Zero;
            Instant next = Timers.Next;
            if (_oldestTimeWait is { } oldest) next = Instant.Min(next, oldest.Expires);
            return next;
        }
    }

    // ---- TIME-WAIT ----

    internal void AddTimeWait(TcpTimeWait entry, Instant now)
    {
        Counters.TimeWaitStarted++;
        if (TimeWaitCount >= Limits.TimeWaits)
        {
            Counters.TimeWaitEvicted++;
            RemoveTimeWait(_oldestTimeWait!);
        }

        _table.Add(entry);
        TimeWaitCount++;
        Append(entry, now);
    }

    internal void RestartTimeWait(TcpTimeWait entry, Instant now)
    {
        Unlink(entry);
        Append(entry, now);
    }

    private void Append(TcpTimeWait entry, Instant now)
    {
        entry.Expires = now + Limits.TimeWait;
        entry.OlderLink = _newestTimeWait;
        if (_newestTimeWait is null) _oldestTimeWait = entry;
        else _newestTimeWait.NewerLink = entry;
        _newestTimeWait = entry;
    }

    private void RemoveTimeWait(TcpTimeWait entry)
    {
        Unlink(entry);
        _table.Remove(entry);
        TimeWaitCount--;
    }

    private void Unlink(TcpTimeWait entry)
    {
        if (entry.OlderLink is null) _oldestTimeWait = entry.NewerLink;
        else entry.OlderLink.NewerLink = entry.NewerLink;
        if (entry.NewerLink is null) _newestTimeWait = entry.OlderLink;
        else entry.NewerLink.OlderLink = entry.OlderLink;
        entry.OlderLink = entry.NewerLink = null;
    }

    // ---- Memory ----

    /// <summary>Buffers in send queues and in receive queues, over all connections.</summary>
    internal int SendHeld, ReceiveHeld;

    // What programs want to send, and what they have not read, have shares of the packet memory that the other can not take: a program
    // that must send before it reads, or read before it sends, gets on. What is left over is for headers and frames, without which
    // nothing would ever be acknowledged and given back.
    private int SendShare => Output.Pool.MaximumBuffers / 2;

    private int ReceiveShare => Output.Pool.MaximumBuffers / 8 * 3;

    /// <summary>Buffers that send queues may still take.</summary>
    internal int SendBuffersLeft => Math.Min(SendShare - SendHeld, Output.Pool.MaximumBuffers / 8 * 7 - Output.Pool.Outstanding);

    /// <summary>Most of a share is used: no growth, nothing ahead of its turn, cookies instead of half-open connections.</summary>
    internal bool IsShortOfMemory => ReceiveHeld > ReceiveShare / 4 * 3 || SendHeld > SendShare / 8 * 7 || Output.Pool.Outstanding > Output.Pool.MaximumBuffers / 8 * 7;

    /// <summary>The last of the share is for connections that hold nothing, so that each makes progress.</summary>
    internal bool HasMemoryFor(TcpConnection connection) =>
        ReceiveHeld < (connection.ReceiveQueueLength == 0 ? ReceiveShare : ReceiveShare / 8 * 7);

    private bool HasSendMemory => SendHeld < SendShare / 8 * 7 && SendBuffersLeft > 0;

    internal void WaitForMemory(TcpConnection connection)
    {
        if (connection.WaitsForMemory) return;
        connection.WaitsForMemory = true;
        connection.MemoryNext = null;
        if (_lastWaiting is null) _firstWaiting = connection;
        else _lastWaiting.MemoryNext = connection;
        _lastWaiting = connection;
    }

    // A few at a time, the longest waiting first: thousands that are woken at once would find the memory gone again.
    private void WakeMemoryWaiters()
    {
        for (int i = 0; i < MemoryWakesPerPoll && _firstWaiting is { } connection; i++)
        {
            _firstWaiting = connection.MemoryNext;
            if (_firstWaiting is null) _lastWaiting = null;
            connection.MemoryNext = null;
            connection.WaitsForMemory = false;
            connection.MemoryAvailable();
        }
    }

    // ---- Secrets ----

    /// <summary>Made when a program first asks for it.</summary>
    internal TcpFastOpen FastOpen => _fastOpen ??= new TcpFastOpen(_secret);

    private TcpFastOpen? _fastOpen;

    /// <summary>RFC 6528: a clock of 4 microseconds plus a keyed hash of the connection.</summary>
    internal uint NextInitialSequence(Instant now, TcpTableEntry entry) =>
        (uint)(now.Ticks / 40) + (uint)_secret.Hash(TcpSecret.Purpose.SequenceNumber, entry.LocalAddress, entry.LocalPort, entry.RemoteAddress, entry.RemotePort);

    /// <summary>RFC 7323 section 5.4: the timestamp clock starts elsewhere for each connection.</summary>
    internal uint TimestampOffset(TcpTableEntry entry) => TimestampOffset(entry.LocalAddress, entry.LocalPort, entry.RemoteAddress, entry.RemotePort);

    private uint TimestampOffset(IpAddress local, ushort localPort, IpAddress remote, ushort remotePort) =>
        (uint)_secret.Hash(TcpSecret.Purpose.TimestampOffset, local, localPort, remote, remotePort);
}
