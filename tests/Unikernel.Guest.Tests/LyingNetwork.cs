using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Unikernel.Guest.Tests;

/// <summary>
/// The other end of the guest's cable: one host, 10.9.9.1, that answers ARP, DHCP and DNS as the test wants. Frames come and go in UDP
/// datagrams (QEMU's -netdev socket), so that every byte is the test's.
/// </summary>
internal sealed class LyingNetwork : IDisposable
{
    public static readonly byte[] Server = [10, 9, 9, 1], Guest = [10, 9, 9, 15];

    private static readonly byte[] s_mac = [2, 0, 0, 0, 0, 1];
    private byte[]? _guestMac;
    private const byte Udp = 17;
    private const ushort DhcpServerPort = 67, DhcpClientPort = 68, DnsPort = 53;

    private readonly Socket _cable = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPEndPoint _qemu;
    private readonly Thread _thread;
    private volatile bool _ended;

    public LyingNetwork()
    {
        _cable.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Socket free = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _qemu = (IPEndPoint)free.LocalEndPoint!;
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>For QEMU.</summary>
    public string Devices => $"-netdev socket,id=net0,udp=127.0.0.1:{((IPEndPoint)_cable.LocalEndPoint!).Port},localaddr=127.0.0.1:{_qemu.Port} -device virtio-net,netdev=net0";

    /// <summary>What comes back for a DHCP message, in this order.</summary>
    public Func<DhcpRequest, IEnumerable<byte[]>> Dhcp { get; set; } = request => [request.Answer()];

    /// <summary>What comes back for a DNS question: payload, and where it says that it comes from.</summary>
    public Func<DnsQuestion, IEnumerable<(byte[] Answer, byte[] From, ushort Port)>> Dns { get; set; } = _ => [];

    /// <summary>DHCP messages of the guest until now.</summary>
    public int DhcpMessages { get; private set; }

    public void Dispose()
    {
        _ended = true;
        _cable.Dispose();
        _thread.Join();
    }

    private void Run()
    {
        byte[] buffer = new byte[65536];
        while (!_ended)
        {
            try
            {
                int length = _cable.Receive(buffer);
                Frame(buffer.AsSpan(0, length));
            }
            catch (SocketException)
            {
                // QEMU is not there yet (ICMP says so), or the test is over.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Frame(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < 42)
        {
            return;
        }

        byte[] guestMac = frame[6..12].ToArray();
        _guestMac = guestMac;
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case 0x0806 when frame[21] == 1 && frame[38..42].SequenceEqual(Server):
                Send([.. guestMac, .. s_mac, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, .. s_mac, .. Server, .. guestMac, .. frame[28..32]]);
                break;
            case 0x0800 when frame[23] == Udp && (frame[14] & 15) == 5:
                byte[] source = frame[26..30].ToArray(), payload = frame[42..(14 + BinaryPrimitives.ReadUInt16BigEndian(frame[16..]))].ToArray();
                ushort from = BinaryPrimitives.ReadUInt16BigEndian(frame[34..]), to = BinaryPrimitives.ReadUInt16BigEndian(frame[36..]);
                if (to == DhcpServerPort)
                {
                    DhcpMessages++;
                    foreach (byte[] answer in Dhcp(new DhcpRequest(payload)))
                    {
                        Send(Datagram(guestMac, Server, [255, 255, 255, 255], DhcpServerPort, DhcpClientPort, answer));
                    }
                }
                else if (to == DnsPort)
                {
                    foreach ((byte[] answer, byte[] sender, ushort port) in Dns(new DnsQuestion(payload)))
                    {
                        Send(Datagram(guestMac, sender, source, port, from, answer));
                    }
                }

                break;
        }
    }

    private void Send(byte[] frame) => _cable.SendTo(frame, _qemu);

    /// <summary>A frame of the test's own to the guest, which has asked for its address before.</summary>
    public void Send(ushort type, ReadOnlySpan<byte> payload, byte[]? from = null) => Send([.. _guestMac!, .. from ?? s_mac, (byte)(type >> 8), (byte)type, .. payload]);

    /// <summary>An IPv4 packet from any address.</summary>
    public void Send(byte[] source, byte protocol, ReadOnlySpan<byte> payload, ushort identification = 0, ushort fragment = 0)
    {
        byte[] packet = [0x45, 0, 0, 0, (byte)(identification >> 8), (byte)identification, (byte)(fragment >> 8), (byte)fragment, 64, protocol, 0, 0, .. source, .. Guest, .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20)));
        Send(0x0800, packet);
    }

    /// <summary>A TCP segment with its checksum.</summary>
    public void SendSegment(byte[] source, ushort from, ushort to, byte flags, uint sequence, uint acknowledgment)
    {
        byte[] segment = [.. source, .. Guest, 0, 6, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(12), from);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(14), to);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(16), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(20), acknowledgment);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(28), Checksum(segment)); // with the pseudo-header in front
        Send(source, 6, segment.AsSpan(12));
    }

    private static byte[] Datagram(byte[] mac, byte[] source, byte[] destination, ushort from, ushort to, byte[] payload)
    {
        byte[] frame = [.. mac, .. s_mac, 8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, Udp, 0, 0, .. source, .. destination, 0, 0, 0, 0, 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), Checksum(frame.AsSpan(14, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), from);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), to);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), (ushort)(8 + payload.Length)); // without a checksum, as IPv4 allows
        return frame;
    }

    public static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        sum = (sum & 0xffff) + (sum >> 16);

        return (ushort)~((sum & 0xffff) + (sum >> 16));
    }
}

/// <summary>A client's DHCP message, and the answers that it can get.</summary>
internal sealed class DhcpRequest(byte[] bytes)
{
    public const byte Discover = 1, Offer = 2, Request = 3, Ack = 5, Nak = 6;

    /// <summary>Discover, Request and so on.</summary>
    public byte Type => bytes[242]; // the client writes this option first

    /// <summary>An honest answer, or one with a lie: another type, address, options, or a byte changed.</summary>
    public byte[] Answer(byte type = 0, byte[]? address = null, byte[]? server = null, byte[]? mask = null, uint? lease = 3600, byte[]? more = null, Action<byte[]>? change = null)
    {
        byte[] lifetime = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(lifetime, lease ?? 0);
        server ??= LyingNetwork.Server;
        byte[] answer =
        [
            2, 1, 6, 0, .. bytes[4..8], 0, 0, 0, 0, 0, 0, 0, 0, .. address ?? LyingNetwork.Guest, .. LyingNetwork.Server, 0, 0, 0, 0, .. bytes[28..44], .. new byte[192], 0x63, 0x82, 0x53, 0x63,
            53, 1, type != 0 ? type : Type == Discover ? Offer : Ack, .. server.Length > 0 ? [54, 4, .. server] : Array.Empty<byte>(),
            .. lease is null ? [] : (byte[])[51, 4, .. lifetime], 1, 4, .. mask ?? [255, 255, 255, 0], 3, 4, .. LyingNetwork.Server, 6, 4, .. LyingNetwork.Server, .. more ?? [], 255,
        ];
        change?.Invoke(answer);
        return answer;
    }
}

/// <summary>A question to a DNS server, and the answers that it can get.</summary>
internal sealed class DnsQuestion
{
    private readonly byte[] _query;
    private readonly int _end; // of the question

    public DnsQuestion(byte[] query)
    {
        _query = query;
        List<string> labels = [];
        int at = 12;
        for (; query[at] != 0; at += query[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        }

        Name = string.Join('.', labels);
        IsForV4 = query[at + 2] == 1;
        _end = at + 5;
    }

    public string Name { get; }

    public bool IsForV4 { get; }

    /// <summary>A record of the name that is asked for.</summary>
    public static byte[] Address(params byte[] address) => [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. address];

    /// <summary>An answer with these records, which are counted but where a count is given.</summary>
    public byte[] Answer(IReadOnlyList<byte[]> records, byte code = 0, int? count = null, Action<byte[]>? change = null)
    {
        byte[] answer = [_query[0], _query[1], 0x81, (byte)(0x80 | code), 0, 1, 0, 0, 0, 0, 0, 0, .. _query[12.._end], .. records.SelectMany(r => r)];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(6), (ushort)(count ?? records.Count));
        change?.Invoke(answer);
        return answer;
    }
}
