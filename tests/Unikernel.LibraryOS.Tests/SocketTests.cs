using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The socket entry points over the stack's loopback.</summary>
public sealed unsafe class SocketTests : IDisposable
{
    private const int V4 = 2, V6 = 23, Stream = 1, Datagram = 2, Tcp = 6, Udp = 17;
    private readonly List<nint> _open = [];

    public void Dispose()
    {
        foreach (nint descriptor in _open)
            DescriptorTable.Close(descriptor);
    }

    [Theory]
    [InlineData(V4, Stream, Tcp, true)]
    [InlineData(V6, Stream, Tcp, true)]
    [InlineData(V4, Datagram, Udp, true)]
    [InlineData(V4, Datagram, 0, true)]
    [InlineData(V4, Stream, Udp, false)]
    [InlineData(999, Stream, Tcp, false)]
    [InlineData(V4, 4, 0, false)]
    public void Sockets_of_the_supported_kinds(int family, int type, int protocol, bool works)
    {
        nint descriptor;
        int error = SocketCreation.Create(family, type, protocol, &descriptor);
        Assert.Equal(works, error == 0);
        Assert.Equal(works, descriptor >= 0);
        if (works)
            _open.Add(descriptor);
    }

    [Fact]
    public void Bytes_go_through_a_connection_and_its_end_is_seen()
    {
        (nint client, nint server) = Connect();
        Assert.Equal(5, Send(client, "hello"));
        Assert.Equal("hello", Receive(server, 5));
        Assert.Equal(0, ConnectionEntryPoints.Shutdown(client, 1));
        Assert.Equal("", Receive(server, 5));
        Assert.Equal(3, Send(server, "bye"));
        Assert.Equal("bye", Receive(client, 3));
    }

    [Fact]
    public void Names_are_those_of_the_other_side()
    {
        (nint client, nint server) = Connect();
        Assert.Equal(Name(client, local: true), Name(server, local: false));
        Assert.Equal(Name(client, local: false), Name(server, local: true));
    }

    [Fact]
    public void A_connect_to_nobody_is_refused()
    {
        nint descriptor = Socket(Stream, Tcp);
        byte[] address = Address(1);
        fixed (byte* p = address)
            Assert.Equal(PalError.FromErrno(Errno.ECONNREFUSED), ConnectionEntryPoints.Connect(descriptor, p, address.Length));
    }

    [Fact]
    public void A_receive_that_would_wait_says_so()
    {
        (nint client, _) = Connect();
        DescriptorEntryPoints.SetIsNonBlocking(client, 1);
        byte b;
        int received;
        Assert.Equal(PalError.FromErrno(Errno.EAGAIN), TransferEntryPoints.Receive(client, &b, 1, 0, &received));
    }

    [Fact]
    public void A_receive_timeout_ends_a_wait()
    {
        (nint client, _) = Connect();
        Assert.Equal(0, OptionEntryPoints.SetReceiveTimeout(client, 5));
        byte b;
        int received;
        Assert.Equal(PalError.FromErrno(Errno.EAGAIN), TransferEntryPoints.Receive(client, &b, 1, 0, &received));
    }

    [Fact]
    public void An_event_port_tells_of_data_and_of_the_end()
    {
        (nint client, nint server) = Connect();
        nint port;
        Assert.Equal(0, EventPortEntryPoints.CreatePort(&port));
        _open.Add(port);
        Assert.Equal(0, EventPortEntryPoints.Change(port, server, 0, 1 | 2, 77));
        Assert.Equal((77, 2), WaitFor(port)); // writable at once
        Send(client, "x");
        Assert.Equal((77, 1), WaitFor(port));
        DescriptorTable.Close(client);
        (nint data, int events) = WaitFor(port);
        Assert.Equal(77, data);
        Assert.NotEqual(0, events & 1);
        Assert.Equal(0, EventPortEntryPoints.Change(port, server, 3, 0, 77));
    }

    /// <summary>As epoll: the base class library closes sockets without taking them out first.</summary>
    [Fact]
    public void An_event_port_forgets_what_is_closed()
    {
        nint port;
        Assert.Equal(0, EventPortEntryPoints.CreatePort(&port));
        _open.Add(port);
        var events = (EventPort)DescriptorTable.Find(port)!;
        for (int i = 0; i < 3; i++)
        {
            (nint client, nint server) = Connect();
            Assert.Equal(0, EventPortEntryPoints.Change(port, server, 0, 1 | 2, 78));
            Assert.Equal(1, events.Count);
            nint second = DescriptorTable.Duplicate(server);
            DescriptorTable.Close(server);
            Assert.Equal(1, events.Count); // the duplicate keeps it
            DescriptorTable.Close(second);
            Assert.Equal(0, events.Count);
            DescriptorTable.Close(client);
        }
    }

    [Fact]
    public void Select_marks_the_ready_ones()
    {
        (nint client, nint server) = Connect();
        Send(client, "x");
        int[] read = [(int)client, (int)server], write = [(int)client];
        int triggered;
        fixed (int* r = read)
        fixed (int* w = write)
            Assert.Equal(0, SelectEntryPoints.Select(r, 2, w, 1, null, 0, 5_000_000, 100, &triggered));
        // The data may arrive after the client was found writable: that one is ready at once.
        Assert.Equal(1, write[0]);
        Assert.Equal(0, read[0]);
        Assert.InRange(triggered, 1, 2);
    }

    [Fact]
    public void Datagrams_carry_the_name_of_the_sender()
    {
        nint receiver = Bound(Datagram, Udp), sender = Bound(Datagram, Udp);
        byte[] to = Name(receiver, local: true), text = "ping"u8.ToArray(), from = new byte[128], buffer = new byte[10];
        fixed (byte* t = to)
        fixed (byte* d = text)
        fixed (byte* f = from)
        fixed (byte* b = buffer)
        {
            var vector = new Net.Sockets.IoVector(d, 4);
            var header = new TransferEntryPoints.MessageHeader { Address = t, AddressLength = to.Length, Vectors = &vector, VectorCount = 1 };
            long count;
            Assert.Equal(0, TransferEntryPoints.SendMessage(sender, &header, 0, &count));
            Assert.Equal(4, count);
            var room = new Net.Sockets.IoVector(b, 3);
            header = new TransferEntryPoints.MessageHeader { Address = f, AddressLength = from.Length, Vectors = &room, VectorCount = 1 };
            Assert.Equal(0, TransferEntryPoints.ReceiveMessage(receiver, &header, 0, &count));
            Assert.Equal(3, count);
            Assert.Equal(0x100, header.Flags); // truncated
            Assert.Equal(Name(sender, local: true), from[..header.AddressLength]);
        }
    }

    [Theory]
    [InlineData(0xFFFF, 8, 1)]      // KeepAlive
    [InlineData(6, 1, 1)]           // NoDelay
    [InlineData(6, 3, 30)]          // TcpKeepAliveTime
    [InlineData(0, 4, 17)]          // IpTimeToLive
    [InlineData(0xFFFF, -5, 1)]     // ExclusiveAddressUse
    public void Options_keep_their_value(int level, int name, int value)
    {
        nint descriptor = Socket(Stream, Tcp);
        Assert.Equal(0, OptionEntryPoints.Set(descriptor, level, name, (byte*)&value, 4));
        int result = -1, length = 4;
        Assert.Equal(0, OptionEntryPoints.Get(descriptor, level, name, (byte*)&result, &length));
        Assert.Equal(value, result);
    }

    [Fact]
    public void A_linger_time_can_be_set_and_taken_back()
    {
        nint descriptor = Socket(Stream, Tcp);
        var option = new OptionEntryPoints.Linger { OnOff = 1, Seconds = 3 };
        Assert.Equal(0, OptionEntryPoints.SetLinger(descriptor, &option));
        option = default;
        Assert.Equal(0, OptionEntryPoints.GetLinger(descriptor, &option));
        Assert.Equal((1, 3), (option.OnOff, option.Seconds));
        option.OnOff = 0;
        OptionEntryPoints.SetLinger(descriptor, &option);
        OptionEntryPoints.GetLinger(descriptor, &option);
        Assert.Equal(0, option.OnOff);
    }

    [Fact]
    public void What_is_no_socket_is_refused()
    {
        Assert.Equal(PalError.FromErrno(Errno.ENOTSOCK), ConnectionEntryPoints.Listen(1, 5));
        Assert.Equal(PalError.FromErrno(Errno.EBADF), ConnectionEntryPoints.Listen(54321, 5));
    }

    /// <summary>The bytes of socket addresses, compared with those that the framework writes on the host.</summary>
    [Theory]
    [InlineData("127.0.0.1", 80)]
    [InlineData("10.1.2.3", 65535)]
    [InlineData("::1", 443)]
    [InlineData("fe80::1%3", 1)]
    public void Addresses_are_laid_out_as_on_Linux(string address, int port)
    {
        var endpoint = new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address), port);
        System.Net.SocketAddress expected = endpoint.Serialize();
        Assert.True(SocketAddressBytes.TryRead(expected.Buffer.Span[..expected.Size], out Net.Sockets.SocketName name));
        byte[] written = new byte[128];
        Assert.Equal(expected.Size, SocketAddressBytes.Write(name, written));
        Assert.Equal(expected.Buffer.Span[..expected.Size].ToArray(), written[..expected.Size]);
    }

    [Theory]
    [InlineData("localhost", 2, 0, 1)]
    [InlineData("127.0.0.1", 0, 0, 1)]
    [InlineData("::1", 23, 0, 1)]
    [InlineData("no.such.name", 2, 1, 0)]
    [InlineData("not a name", 2, 5, 0)]
    public void Names_of_hosts(string name, int family, int error, int addresses)
    {
        HostNameEntryPoints.HostEntry entry;
        fixed (byte* p = System.Text.Encoding.UTF8.GetBytes(name + "\0"))
            Assert.Equal(error, HostNameEntryPoints.Resolve(p, family, &entry));
        Assert.Equal(addresses, entry.AddressCount);
        if (addresses > 0)
            Assert.True(entry.Addresses[0].IsV6 != 0 ? entry.Addresses[0].Bytes[15] == 1 : entry.Addresses[0].Bytes[0] == 127);
        HostNameEntryPoints.Free(&entry);
    }

    private (nint Client, nint Server) Connect()
    {
        nint listener = Bound(Stream, Tcp), client = Socket(Stream, Tcp), server;
        Assert.Equal(0, ConnectionEntryPoints.Listen(listener, 5));
        byte[] address = Name(listener, local: true), peer = new byte[128];
        fixed (byte* p = address)
            Assert.Equal(0, ConnectionEntryPoints.Connect(client, p, address.Length));
        fixed (byte* p = peer)
        {
            int length = peer.Length;
            Assert.Equal(0, ConnectionEntryPoints.Accept(listener, p, &length, &server));
            Assert.Equal(Name(client, local: true), peer[..length]);
        }

        _open.Add(server);
        return (client, server);
    }

    private nint Socket(int type, int protocol)
    {
        nint descriptor;
        Assert.Equal(0, SocketCreation.Create(V4, type, protocol, &descriptor));
        _open.Add(descriptor);
        return descriptor;
    }

    private nint Bound(int type, int protocol)
    {
        nint descriptor = Socket(type, protocol);
        byte[] address = Address(0);
        fixed (byte* p = address)
            Assert.Equal(0, ConnectionEntryPoints.Bind(descriptor, protocol, p, address.Length));
        return descriptor;
    }

    private static byte[] Address(int port)
    {
        System.Net.SocketAddress address = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port).Serialize();
        return address.Buffer.Span[..address.Size].ToArray();
    }

    private static byte[] Name(nint descriptor, bool local)
    {
        byte[] buffer = new byte[128];
        int length = buffer.Length;
        fixed (byte* p = buffer)
            Assert.Equal(0, local ? ConnectionEntryPoints.GetLocalName(descriptor, p, &length) : ConnectionEntryPoints.GetPeerName(descriptor, p, &length));
        return buffer[..length];
    }

    private static int Send(nint descriptor, string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        int sent;
        fixed (byte* p = bytes)
            Assert.Equal(0, TransferEntryPoints.Send(descriptor, p, bytes.Length, 0, &sent));
        return sent;
    }

    private static string Receive(nint descriptor, int count)
    {
        byte[] buffer = new byte[count];
        int received;
        fixed (byte* p = buffer)
            Assert.Equal(0, TransferEntryPoints.Receive(descriptor, p, count, 0, &received));
        return System.Text.Encoding.UTF8.GetString(buffer, 0, received);
    }

    private static (nint Data, int Events) WaitFor(nint port)
    {
        EventPortEntryPoints.SocketEvent* buffer;
        EventPortEntryPoints.CreateBuffer(4, &buffer);
        int count = 4;
        Assert.Equal(0, EventPortEntryPoints.Wait(port, buffer, &count));
        (nint, int) result = (buffer[0].Data, buffer[0].Events & 3);
        EventPortEntryPoints.FreeBuffer(buffer);
        return result;
    }
}
