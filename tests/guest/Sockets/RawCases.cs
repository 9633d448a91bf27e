using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Unikernel.Guest;

/// <summary>Raw sockets over the loopback. By name only: on Linux they are root's.</summary>
internal static class RawCases
{
    public static void Run()
    {
        Suite.Each("made", [ProtocolType.Icmp, ProtocolType.Igmp, ProtocolType.Tcp, ProtocolType.Udp, ProtocolType.Raw, ProtocolType.Unspecified, (ProtocolType)253], protocol => Pair.Error(() => New(protocol).Dispose()));
        Suite.Each("made, IPv6", [ProtocolType.Icmp, ProtocolType.IcmpV6, ProtocolType.IPv6, ProtocolType.IPv6RoutingHeader, ProtocolType.IPv6NoNextHeader, ProtocolType.Raw, (ProtocolType)253], protocol => Pair.Error(() => New(protocol, AddressFamily.InterNetworkV6).Dispose()));
        Suite.Case("properties", () =>
        {
            using Socket s = New(ProtocolType.Udp);
            return $"{s.AddressFamily} {s.SocketType} {s.ProtocolType} {s.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type)} {s.Available} {s.Connected}";
        });
        Suite.Case("header included", () =>
        {
            using Socket s = New(ProtocolType.Udp), raw = New(ProtocolType.Raw);
            object before = s.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded)!;
            s.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            return $"{before} {s.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded)} {raw.GetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded)}";
        });
        Suite.Case("names", () =>
        {
            using Socket s = New(ProtocolType.Udp);
            s.Bind(new IPEndPoint(IPAddress.Loopback, 77));
            string bound = $"{s.LocalEndPoint}";
            s.Connect(new IPEndPoint(IPAddress.Loopback, 88));
            return $"{bound} {s.LocalEndPoint} {s.RemoteEndPoint} {s.Connected}";
        });
        Suite.Case("name by connecting", () =>
        {
            using Socket s = New(ProtocolType.Udp);
            s.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 88));
            return $"{s.LocalEndPoint} {s.RemoteEndPoint}";
        });
        Suite.Case("bind to a stranger", () => Pair.Error(() => New(ProtocolType.Udp).Bind(new IPEndPoint(IPAddress.Parse("192.0.2.55"), 0))));
        Suite.Case("datagram of a socket is seen", () =>
        {
            using Socket raw = New(ProtocolType.Udp), a = Udp(), b = Udp();
            raw.ReceiveTimeout = 2000;
            raw.Bind(new IPEndPoint(IPAddress.Any, 0));
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            b.Ttl = 33;
            b.SendTo("hello"u8, a.LocalEndPoint!);
            byte[] packet = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = raw.ReceiveFrom(packet, ref from);
            byte[] text = new byte[10];
            return $"{n} {from} {packet[0]:x} ttl {packet[8]} length {BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2))} protocol {packet[9]} '{System.Text.Encoding.ASCII.GetString(packet, 28, n - 28)}' {Sum(packet.AsSpan(0, 20)):x} {a.Receive(text)}";
        });
        Suite.Case("a socket's datagram, made by hand", () =>
        {
            using Socket raw = New(ProtocolType.Udp), a = Udp();
            a.ReceiveTimeout = 2000;
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            int sent = raw.SendTo(UdpPacket(4321, ((IPEndPoint)a.LocalEndPoint!).Port, "by hand"u8), new IPEndPoint(IPAddress.Loopback, 0));
            byte[] text = new byte[20];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = a.ReceiveFrom(text, ref from);
            return $"{sent} {n} {from} {System.Text.Encoding.ASCII.GetString(text, 0, n)}";
        });
        Suite.Each("header by hand", [ProtocolType.Raw, ProtocolType.Udp], protocol =>
        {
            using Socket raw = New(protocol), a = Udp(), watch = New(ProtocolType.Udp);
            if (protocol != ProtocolType.Raw)
            {
                raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            }

            a.ReceiveTimeout = watch.ReceiveTimeout = 2000;
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            byte[] packet = [.. Header("127.0.0.7", "127.0.0.1", 17, id: 0x1234, ttl: 77, tos: 0x10), .. UdpPacket(4321, ((IPEndPoint)a.LocalEndPoint!).Port, "by hand"u8)];
            int sent = raw.SendTo(packet, new IPEndPoint(IPAddress.Loopback, 0));
            byte[] text = new byte[20], seen = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = a.ReceiveFrom(text, ref from);
            int m = watch.Receive(seen);
            return $"{sent} {n} {from} seen {Convert.ToHexString(seen, 0, 10)} {Convert.ToHexString(seen, 12, 8)} {m} {Sum(seen.AsSpan(0, 20)):x}";
        });
        Suite.Case("what a header leaves open", () =>
        {
            using Socket raw = New(ProtocolType.Raw), watch = New(ProtocolType.Udp);
            watch.ReceiveTimeout = 2000;
            byte[] packet = [.. Header("0.0.0.0", "127.0.0.1", 17, id: 0, ttl: 5, tos: 0), .. UdpPacket(1, 2, "x"u8)];
            packet[2] = packet[3] = 0xee;
            packet[10] = packet[11] = 0xee;
            raw.SendTo(packet, new IPEndPoint(IPAddress.Loopback, 0));
            byte[] seen = new byte[100];
            int m = watch.Receive(seen);
            return $"{m} length {BinaryPrimitives.ReadUInt16BigEndian(seen.AsSpan(2))} source {new IPAddress(seen.AsSpan(12, 4))} {Sum(seen.AsSpan(0, 20)):x}";
        });
        Suite.Case("header too short", () =>
        {
            using Socket raw = New(ProtocolType.Raw);
            return Pair.Error(() => raw.SendTo(new byte[19], new IPEndPoint(IPAddress.Loopback, 0)));
        });
        Suite.Case("header longer than the packet", () =>
        {
            using Socket raw = New(ProtocolType.Raw);
            byte[] packet = Header("127.0.0.1", "127.0.0.1", 17, 1, 1, 0);
            packet[0] = 0x4f;
            return Pair.Error(() => raw.SendTo(packet, new IPEndPoint(IPAddress.Loopback, 0)));
        });
        Suite.Case("too large with a header", () =>
        {
            using Socket raw = New(ProtocolType.Raw);
            byte[] packet = new byte[65536];
            packet[0] = 0x45;
            return Pair.Error(() => raw.SendTo(packet, new IPEndPoint(IPAddress.Loopback, 0)));
        });
        Suite.Case("no destination", () => Pair.Error(() => New(ProtocolType.Udp).Send([1])));
        Suite.Case("broadcast without leave", () => Pair.Error(() => New(ProtocolType.Udp).SendTo(new byte[8], new IPEndPoint(IPAddress.Broadcast, 0))));
        Suite.Case("urgent", () =>
        {
            using Socket raw = New(ProtocolType.Udp);
            return $"{Pair.Error(() => raw.SendTo(new byte[8], SocketFlags.OutOfBand, new IPEndPoint(IPAddress.Loopback, 0)))} {Pair.Error(() => raw.Receive(new byte[8], SocketFlags.OutOfBand))}";
        });
        Suite.Case("truncated", () =>
        {
            using Socket raw = New(ProtocolType.Udp), b = Udp();
            raw.ReceiveTimeout = 2000;
            raw.Bind(new IPEndPoint(IPAddress.Any, 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Loopback, 9));
            SocketFlags flags = SocketFlags.None;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = raw.ReceiveMessageFrom(new byte[22], 0, 22, ref flags, ref from, out _);
            return $"{n} {flags}";
        });
        Suite.Case("bound to another address", () =>
        {
            using Socket raw = New(ProtocolType.Udp), b = Udp();
            raw.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Loopback, 9));
            b.SendTo("third"u8, new IPEndPoint(IPAddress.Parse("127.0.0.3"), 9));
            raw.ReceiveTimeout = 2000;
            byte[] seen = new byte[100];
            int n = raw.Receive(seen);
            return $"{n} {System.Text.Encoding.ASCII.GetString(seen, 28, 5)} {raw.Available}";
        });
        Suite.Case("connected to another address", () =>
        {
            using Socket raw = New(ProtocolType.Udp), b = Udp(), c = Udp();
            raw.Connect(new IPEndPoint(IPAddress.Parse("127.0.0.4"), 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Loopback, 9));
            c.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.4"), 0));
            c.SendTo("fourth"u8, new IPEndPoint(IPAddress.Loopback, 9));
            raw.ReceiveTimeout = 2000;
            byte[] seen = new byte[100];
            int n = raw.Receive(seen);
            return $"{n} {System.Text.Encoding.ASCII.GetString(seen, 28, 6)}";
        });
        Suite.Case("many fragments become one", () =>
        {
            // Larger than the loopback's MTU can not be; the reassembly of three by hand can.
            using Socket raw = New(ProtocolType.Raw), a = Udp(), watch = New(ProtocolType.Udp);
            a.ReceiveTimeout = watch.ReceiveTimeout = 2000;
            a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            byte[] whole = UdpPacket(4321, ((IPEndPoint)a.LocalEndPoint!).Port, Pair.Pattern(56));
            foreach (int offset in (int[])[0, 48, 24])
            {
                byte[] header = Header("127.0.0.1", "127.0.0.1", 17, 0x77, 9, 0);
                int length = Math.Min(24, whole.Length - offset);
                BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)((offset + length < whole.Length ? 0x2000 : 0) | offset / 8));
                raw.SendTo([.. header, .. whole.AsSpan(offset, length)], new IPEndPoint(IPAddress.Loopback, 0));
            }

            byte[] text = new byte[100], seen = new byte[200];
            int n = a.Receive(text), m = watch.Receive(seen);
            return $"{n} {text.AsSpan(0, n).SequenceEqual(Pair.Pattern(56))} seen {m} {Convert.ToHexString(seen, 0, 10)} {Sum(seen.AsSpan(0, 20)):x}";
        });
        Suite.Case("large is cut and joined", () =>
        {
            using Socket raw = New(ProtocolType.Igmp), watch = New(ProtocolType.Igmp);
            watch.ReceiveTimeout = 2000;
            byte[] data = Pair.Pattern(30_000), seen = new byte[40_000];
            int sent = raw.SendTo(data, new IPEndPoint(IPAddress.Loopback, 0));
            int n = watch.Receive(seen);
            return $"{sent} {n} {seen.AsSpan(20, n - 20).SequenceEqual(data)}";
        });
        Suite.Case("IPv6 shows no header", () =>
        {
            using Socket raw = New(ProtocolType.Udp, AddressFamily.InterNetworkV6), b = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            raw.ReceiveTimeout = 2000;
            raw.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.IPv6Loopback, 9));
            byte[] seen = new byte[100];
            EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
            int n = raw.ReceiveFrom(seen, ref from);
            return $"{n} {from} {System.Text.Encoding.ASCII.GetString(seen, 8, 5)}";
        });
        Suite.Case("IPv6 header by hand", () =>
        {
            using Socket raw = New(ProtocolType.Raw, AddressFamily.InterNetworkV6), watch = New(ProtocolType.Udp, AddressFamily.InterNetworkV6);
            watch.ReceiveTimeout = 2000;
            byte[] packet = new byte[40 + 12];
            packet[0] = 0x60;
            packet[5] = 12;
            packet[6] = 17;
            packet[7] = 3;
            packet[23] = packet[39] = 1;
            "udp or not?!"u8.CopyTo(packet.AsSpan(40));
            int sent = raw.SendTo(packet, new IPEndPoint(IPAddress.IPv6Loopback, 0));
            byte[] seen = new byte[100];
            int n = watch.Receive(seen);
            return $"{sent} {n} {System.Text.Encoding.ASCII.GetString(seen, 0, n)} {Pair.Error(() => raw.SendTo(new byte[39], new IPEndPoint(IPAddress.IPv6Loopback, 0)))}";
        });
        Suite.Case("nothing comes to protocol 255", () =>
        {
            using Socket raw = New(ProtocolType.Raw), b = Udp();
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Loopback, 9));
            return raw.Poll(50_000, SelectMode.SelectRead);
        });
        Suite.Case("shut", () =>
        {
            using Socket raw = New(ProtocolType.Udp);
            return $"{Pair.Error(() => raw.Shutdown(SocketShutdown.Both))} {Pair.Error(() => raw.SendTo(new byte[8], new IPEndPoint(IPAddress.Loopback, 0)))}";
        });
        Suite.Case("listen", () => Pair.Error(() => New(ProtocolType.Udp).Listen()));
        Suite.Case("asynchronous", () =>
        {
            using Socket raw = New(ProtocolType.Udp), b = Udp();
            raw.Bind(new IPEndPoint(IPAddress.Any, 0));
            Task<SocketReceiveFromResult> receive = raw.ReceiveFromAsync(new byte[100], new IPEndPoint(IPAddress.Any, 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Loopback, 9));
            return $"{receive.Result.ReceivedBytes} {receive.Result.RemoteEndPoint}";
        });
        Suite.Case("packet information", () =>
        {
            using Socket raw = New(ProtocolType.Udp), b = Udp();
            raw.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            raw.ReceiveTimeout = 2000;
            raw.Bind(new IPEndPoint(IPAddress.Any, 0));
            b.SendTo("hello"u8, new IPEndPoint(IPAddress.Parse("127.0.0.5"), 9));
            SocketFlags flags = SocketFlags.None;
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            int n = raw.ReceiveMessageFrom(new byte[100], 0, 100, ref flags, ref from, out IPPacketInformation information);
            return $"{n} {information.Address} {flags}";
        });
    }

    private static Socket New(ProtocolType protocol, AddressFamily family = AddressFamily.InterNetwork) => new(family, SocketType.Raw, protocol);

    private static Socket Udp() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    private static byte[] UdpPacket(int from, int to, ReadOnlySpan<byte> text)
    {
        byte[] packet = new byte[8 + text.Length];
        BinaryPrimitives.WriteUInt16BigEndian(packet, (ushort)from);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)to);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)packet.Length);
        text.CopyTo(packet.AsSpan(8));
        return packet;
    }

    private static byte[] Header(string from, string to, byte protocol, ushort id, byte ttl, byte tos)
    {
        byte[] header = new byte[20];
        header[0] = 0x45;
        header[1] = tos;
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), id);
        header[8] = ttl;
        header[9] = protocol;
        IPAddress.Parse(from).TryWriteBytes(header.AsSpan(12), out _);
        IPAddress.Parse(to).TryWriteBytes(header.AsSpan(16), out _);
        return header;
    }

    // Of a right header: ffff.
    private static uint Sum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        return (sum & 0xffff) + (sum >> 16);
    }
}
