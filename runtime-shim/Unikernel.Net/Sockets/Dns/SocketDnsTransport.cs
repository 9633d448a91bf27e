using System.Buffers.Binary;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.Net.Sockets.Dns;

/// <summary>Reaches DNS servers by the stack's own sockets: each UDP exchange from a random port, connected to the server.</summary>
public sealed class SocketDnsTransport(ISocketHost host, UdpTransport udp, TcpTransport tcp) : IDnsTransport
{
    public Instant Now => host.Now;

    public IDnsExchange? Open(IpEndpoint server)
    {
        var socket = new UdpSocket(host, udp, FamilyOf(server));
        if (socket.Connect(SocketName.From(server)) >= 0) return new Exchange(socket, host);
        socket.Close();
        return null;
    }

    public int ExchangeTcp(IpEndpoint server, ReadOnlySpan<byte> query, Span<byte> answer, Instant deadline)
    {
        var socket = new TcpSocket(host, tcp, FamilyOf(server));
        try
        {
            socket.SendTimeout = Remaining(deadline);
            if (socket.Connect(SocketName.From(server)) < 0) return -1;
            byte[] framed = new byte[query.Length + 2];
            BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
            query.CopyTo(framed.AsSpan(2));
            if (socket.Send(framed) != framed.Length) return -1;
            Span<byte> length = stackalloc byte[2];
            if (!ReceiveAll(socket, length, deadline)) return -1;
            int expected = BinaryPrimitives.ReadUInt16BigEndian(length);
            return expected <= answer.Length && ReceiveAll(socket, answer[..expected], deadline) ? expected : -1;
        }
        finally
        {
            socket.Close();
        }
    }

    private bool ReceiveAll(TcpSocket socket, Span<byte> bytes, Instant deadline)
    {
        while (!bytes.IsEmpty)
        {
            if (host.Now >= deadline) return false;
            socket.ReceiveTimeout = Remaining(deadline);
            int received = socket.Receive(bytes);
            if (received <= 0) return false;
            bytes = bytes[received..];
        }

        return true;
    }

    // At least a millisecond: 0 would mean for ever.
    private int Remaining(Instant deadline) => (int)Math.Clamp((deadline - host.Now).TotalMilliseconds, 1, int.MaxValue);

    private static SocketFamily FamilyOf(IpEndpoint server) => server.Address.IsV4 ? SocketFamily.InterNetwork : SocketFamily.InterNetworkV6;

    private sealed class Exchange(UdpSocket socket, ISocketHost host) : IDnsExchange
    {
        public bool Send(ReadOnlySpan<byte> query) => socket.Send(query) == query.Length;

        public int Receive(Span<byte> answer, Instant deadline)
        {
            if (host.Now >= deadline) return -1;
            socket.ReceiveTimeout = (int)Math.Clamp((deadline - host.Now).TotalMilliseconds, 1, int.MaxValue);
            return Math.Max(socket.Receive(answer), -1);
        }

        public void Dispose() => socket.Close();
    }
}
