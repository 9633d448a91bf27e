using System.Text;
using Unikernel.Net.Sockets;
using Unikernel.Net.Sockets.Local;

namespace Unikernel.Net.Tests.Local;

public class UnixSocketTests
{
    private readonly BlockingHost _host = new();
    private readonly UnixNamespace _names = new(new PathsInMemory());

    private UnixSocket New(SocketKind kind = SocketKind.Stream) => new(_host, _names, kind) { NonBlocking = true };

    private static SocketName Name(string path) => new() { Family = SocketFamily.Unix, Path = Encoding.UTF8.GetBytes(path) };

    private (UnixSocket Client, UnixSocket Server) Connect()
    {
        UnixSocket listener = New();
        Assert.Equal(0, listener.Bind(Name("/tmp/a")));
        Assert.Equal(0, listener.Listen(5));
        UnixSocket client = New();
        Assert.Equal(0, client.Connect(Name("/tmp/a")));
        Assert.Equal(SocketReadiness.Readable, listener.Readiness);
        Assert.Equal(0, listener.Accept(out NetSocket? accepted, out _));
        accepted!.NonBlocking = true;
        return (client, (UnixSocket)accepted);
    }

    [Fact]
    public void Bytes_go_both_ways()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        Assert.Equal(-SocketErrno.EAGAIN, server.Receive(new byte[10]));
        Assert.Equal(3, client.Send("abc"u8));
        var buffer = new byte[10];
        Assert.Equal(3, server.Available);
        Assert.Equal(2, server.Receive(buffer.AsSpan(0, 2)));
        Assert.Equal(1, server.Receive(buffer));
        Assert.Equal(5, server.Send("hello"u8));
        Assert.Equal(5, client.Receive(buffer, SocketMessageFlags.Peek));
        Assert.Equal(5, client.Receive(buffer));
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, 5));
    }

    // What the guest compares with Linux in many more sequences (tests/guest/Sockets, localurgent).
    [Fact]
    public void An_urgent_byte_ends_a_read_and_is_taken_out_of_band()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        byte[] buffer = new byte[10];
        Assert.Equal(-SocketErrno.EINVAL, server.Receive(buffer, SocketMessageFlags.OutOfBand));
        Assert.Equal(-SocketErrno.EOPNOTSUPP, client.Send([], SocketMessageFlags.OutOfBand));
        Assert.Equal(3, client.Send("ab!"u8, SocketMessageFlags.OutOfBand));
        Assert.Equal(2, client.Send("cd"u8));
        Assert.True((server.Readiness & SocketReadiness.Urgent) != 0);
        Assert.Equal(2, server.Receive(buffer));
        Assert.Equal(1, server.AtMark);
        Assert.Equal(1, server.Receive(buffer, SocketMessageFlags.OutOfBand));
        Assert.Equal((byte)'!', buffer[0]);
        Assert.Equal(2, server.Available);
        Assert.Equal(2, server.Receive(buffer));
        Assert.Equal(SocketReadiness.Writable, server.Readiness);
    }

    [Fact]
    public void An_urgent_byte_that_is_not_taken_is_dropped_or_read_in_line()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        byte[] buffer = new byte[10];
        client.Send("!"u8, SocketMessageFlags.OutOfBand);
        Assert.Equal(-SocketErrno.EAGAIN, server.Receive(buffer));
        Assert.Equal(0, server.SetOption(SocketOption.OutOfBandInline, 1));
        client.Send("!"u8, SocketMessageFlags.OutOfBand);
        Assert.Equal(-SocketErrno.EINVAL, server.Receive(buffer, SocketMessageFlags.OutOfBand));
        Assert.Equal(1, server.Receive(buffer));
    }

    [Fact]
    public void Urgent_bytes_around_the_ring_s_end_stay_where_they_are()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        byte[] buffer = new byte[700];
        for (int i = 0; i < 50; i++)
        {
            byte[] text = new byte[600];
            Array.Fill(text, (byte)i);
            text[^1] = (byte)'!';
            Assert.Equal(600, client.Send(text, SocketMessageFlags.OutOfBand));
            Assert.Equal(1, server.Receive(buffer, SocketMessageFlags.OutOfBand));
            Assert.Equal((byte)'!', buffer[0]);
            Assert.Equal(599, server.Receive(buffer));
            Assert.All(buffer[..599], b => Assert.Equal((byte)i, b));
        }

        Assert.Equal(0, server.Available);
    }

    [Fact]
    public void Close_is_the_end_of_the_stream_and_a_broken_pipe()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        client.Send("abc"u8);
        client.Close();
        Assert.Equal(3, server.Receive(new byte[10]));
        Assert.Equal(0, server.Receive(new byte[10]));
        Assert.Equal(-SocketErrno.EPIPE, server.Send("x"u8));
        Assert.True((server.Readiness & SocketReadiness.Closed) != 0);
    }

    [Fact]
    public void Close_with_unread_bytes_is_a_reset()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        client.Send("abc"u8);
        server.Close();
        Assert.Equal(-SocketErrno.ECONNRESET, client.Receive(new byte[10]));
        Assert.Equal(0, client.Receive(new byte[10]));
    }

    [Fact]
    public void Half_close()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        Assert.Equal(0, client.Shutdown(SocketShutdown.Send));
        Assert.Equal(0, server.Receive(new byte[10]));
        Assert.Equal(3, server.Send("abc"u8));
        Assert.Equal(3, client.Receive(new byte[10]));
        Assert.Equal(-SocketErrno.EPIPE, client.Send("x"u8));
    }

    [Fact]
    public void A_full_buffer_waits_and_then_tells()
    {
        (UnixSocket client, UnixSocket server) = Connect();
        long sent = 0;
        for (int result; (result = client.Send(new byte[10_000])) > 0;) sent += result;
        Assert.Equal(-SocketErrno.EAGAIN, client.Send(new byte[1]));
        Assert.Equal(SocketReadiness.None, client.Readiness & SocketReadiness.Writable);
        long received = 0;
        for (int result; (result = server.Receive(new byte[9_999])) > 0;) received += result;
        Assert.Equal(sent, received);
        Assert.Equal(SocketReadiness.Writable, client.Readiness & SocketReadiness.Writable);
    }

    [Fact]
    public void Errors_as_on_Linux()
    {
        Assert.Equal(-SocketErrno.ENOENT, New().Connect(Name("/nobody")));
        Assert.Equal(-SocketErrno.ECONNREFUSED, New().Connect(Name("\0nobody")));
        UnixSocket bound = New();
        Assert.Equal(0, bound.Bind(Name("/tmp/b")));
        Assert.Equal(-SocketErrno.EADDRINUSE, New().Bind(Name("/tmp/b")));
        Assert.Equal(-SocketErrno.EINVAL, bound.Bind(Name("/tmp/c")));
        Assert.Equal(-SocketErrno.ECONNREFUSED, New().Connect(Name("/tmp/b")));
        Assert.Equal(-SocketErrno.EPROTOTYPE, New(SocketKind.Datagram).Connect(Name("/tmp/b")));
        Assert.Equal(-SocketErrno.ENOTCONN, New().Send(new byte[1]));
        Assert.Equal(-SocketErrno.EINVAL, New().Receive(new byte[1]));
        Assert.Equal(0, New().Shutdown(SocketShutdown.Both));
        bound.Close();
        Assert.Equal(-SocketErrno.EBADF, bound.Listen(1));

        // The name outlives the socket.
        Assert.Equal(-SocketErrno.ECONNREFUSED, New().Connect(Name("/tmp/b")));
        Assert.Equal(-SocketErrno.EADDRINUSE, New().Bind(Name("/tmp/b")));
    }

    [Fact]
    public void An_abstract_name_ends_with_its_socket()
    {
        UnixSocket bound = New();
        Assert.Equal(0, bound.Bind(Name("\0abstract")));
        Assert.Equal(-SocketErrno.EADDRINUSE, New().Bind(Name("\0abstract")));
        bound.Close();
        Assert.Equal(0, New().Bind(Name("\0abstract")));
    }

    [Fact]
    public void A_blocking_connect_waits_for_room_in_the_queue()
    {
        UnixSocket listener = New();
        listener.Bind(Name("/tmp/w"));
        listener.Listen(0);
        Assert.Equal(0, New().Connect(Name("/tmp/w")));
        UnixSocket waiting = New();
        waiting.NonBlocking = false;
        int result = 1;
        var thread = new Thread(() => result = waiting.Connect(Name("/tmp/w")));
        thread.Start();
        SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0);
        Assert.Equal(1, result);
        Assert.Equal(0, listener.Accept(out _, out _));
        thread.Join();
        Assert.Equal(0, result);
        Assert.Equal(0, listener.Accept(out _, out _));
    }

    [Fact]
    public void A_connect_that_waits_ends_with_the_listener()
    {
        UnixSocket listener = New();
        listener.Bind(Name("/tmp/x"));
        listener.Listen(0);
        Assert.Equal(0, New().Connect(Name("/tmp/x")));
        UnixSocket waiting = New();
        waiting.NonBlocking = false;
        int result = 1;
        var thread = new Thread(() => result = waiting.Connect(Name("/tmp/x")));
        thread.Start();
        SpinWait.SpinUntil(() => (thread.ThreadState & ThreadState.WaitSleepJoin) != 0);
        listener.Close();
        thread.Join();
        Assert.Equal(-SocketErrno.ECONNREFUSED, result);
    }

    [Fact]
    public void Closing_a_listener_resets_what_waits()
    {
        UnixSocket listener = New();
        listener.Bind(Name("/tmp/d"));
        listener.Listen(5);
        UnixSocket client = New();
        Assert.Equal(0, client.Connect(Name("/tmp/d")));
        listener.Close();
        Assert.Equal(-SocketErrno.ECONNRESET, client.Receive(new byte[1]));
    }

    [Fact]
    public void A_full_backlog_says_try_again()
    {
        UnixSocket listener = New();
        listener.Bind(Name("/tmp/e"));
        listener.Listen(1);
        Assert.Equal(0, New().Connect(Name("/tmp/e")));
        Assert.Equal(0, New().Connect(Name("/tmp/e")));
        Assert.Equal(-SocketErrno.EAGAIN, New().Connect(Name("/tmp/e")));
    }

    [Fact]
    public void Datagrams_keep_their_bounds_and_names()
    {
        UnixSocket a = New(SocketKind.Datagram), b = New(SocketKind.Datagram);
        a.Bind(Name("/tmp/da"));
        b.Bind(Name("/tmp/db"));
        Assert.Equal(3, a.SendTo("one"u8, SocketMessageFlags.None, Name("/tmp/db")));
        Assert.Equal(0, a.SendTo([], SocketMessageFlags.None, Name("/tmp/db")));
        Assert.Equal(5, a.SendTo("three"u8, SocketMessageFlags.None, Name("/tmp/db")));
        var buffer = new byte[4];
        Assert.Equal(3, b.ReceiveFrom(buffer, SocketMessageFlags.None, out SocketName from));
        Assert.Equal("/tmp/da", Encoding.UTF8.GetString(from.Path!));
        Assert.Equal(0, b.Receive(buffer));
        Assert.Equal(4, b.Receive(buffer));
        Assert.Equal(-SocketErrno.EAGAIN, b.Receive(buffer));
        Assert.Equal(-SocketErrno.ENOENT, a.SendTo("x"u8, SocketMessageFlags.None, Name("/tmp/none")));
        Assert.Equal(-SocketErrno.ENOTCONN, a.Send("x"u8));
    }

    [Fact]
    public void A_pair_is_connected()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_host, _names, SocketKind.Stream);
        Assert.Equal(2, first.Send("ab"u8));
        Assert.Equal(2, second.Receive(new byte[5]));
    }

    private (UnixSocket First, UnixSocket Second) Packets()
    {
        (UnixSocket first, UnixSocket second) = UnixSocket.CreatePair(_host, _names, SocketKind.SequencedPacket);
        first.NonBlocking = second.NonBlocking = true;
        return (first, second);
    }

    [Fact]
    public void Sequenced_packets_keep_their_bounds()
    {
        (UnixSocket first, UnixSocket second) = Packets();
        Assert.Equal(3, first.Send("one"u8));
        Assert.Equal(0, first.Send([]));
        Assert.Equal(5, first.Send("three"u8));
        Assert.Equal(8, second.Available);
        var buffer = new byte[4];
        Assert.Equal(3, second.Receive(buffer, SocketMessageFlags.Peek));
        Assert.Equal(3, second.Receive(buffer));
        Assert.Equal(0, second.Receive(buffer));
        Assert.Equal(5, second.Receive(buffer, SocketMessageFlags.Truncated));
        Assert.Equal(-SocketErrno.EAGAIN, second.Receive(buffer));
    }

    [Fact]
    public void A_connection_of_sequenced_packets_ends_like_a_stream()
    {
        (UnixSocket first, UnixSocket second) = Packets();
        first.Send("last"u8);
        first.Close();
        Assert.Equal(4, second.Receive(new byte[9]));
        Assert.Equal(0, second.Receive(new byte[9]));
        Assert.Equal(-SocketErrno.EPIPE, second.Send("x"u8));

        (first, second) = Packets();
        first.Send("not read"u8);
        second.Close();
        Assert.True((first.Readiness & SocketReadiness.Error) != 0);
        Assert.Equal(-SocketErrno.ECONNRESET, first.Receive(new byte[9]));
        Assert.Equal(0, first.Receive(new byte[9]));
    }

    [Fact]
    public void A_full_receiver_of_packets_says_try_again_and_tells_of_room()
    {
        (UnixSocket first, UnixSocket second) = Packets();
        int sent = 0;
        while (first.Send(new byte[1000]) is var result && result != -SocketErrno.EAGAIN)
        {
            Assert.Equal(1000, result);
            sent++;
        }

        Assert.True(sent > 10);
        Assert.Equal(SocketReadiness.None, first.Readiness & SocketReadiness.Writable);
        Assert.Equal(1000, second.Receive(new byte[1000]));
        Assert.Equal(SocketReadiness.Writable, first.Readiness & SocketReadiness.Writable);
        Assert.Equal(100_000, first.Send(new byte[100_000])); // whatever its size
        Assert.Equal(-SocketErrno.EMSGSIZE, first.Send(new byte[10_000_000]));
    }

    [Fact]
    public void Sequenced_packets_need_a_connection()
    {
        UnixSocket listener = New(SocketKind.SequencedPacket), stream = New();
        Assert.Equal(-SocketErrno.ENOTCONN, listener.Send("x"u8));
        Assert.Equal(-SocketErrno.ENOTCONN, listener.Receive(new byte[1]));
        Assert.Equal(0, listener.Bind(Name("/tmp/packets")));
        Assert.Equal(0, listener.Listen(5));
        Assert.Equal(-SocketErrno.ENOTCONN, listener.Receive(new byte[1]));
        Assert.Equal(-SocketErrno.EPROTOTYPE, stream.Connect(Name("/tmp/packets")));
        UnixSocket client = New(SocketKind.SequencedPacket);
        Assert.Equal(0, client.Connect(Name("/tmp/packets")));
        Assert.Equal(0, listener.Accept(out NetSocket? accepted, out _));
        Assert.Equal(1, client.SendTo("x"u8, SocketMessageFlags.None, Name("/tmp/overlooked")));
        Assert.Equal(1, accepted!.Receive(new byte[5]));
    }

    private sealed class BlockingHost : ISocketHost
    {
        public Lock Lock { get; } = new();

        public Instant Now => Instant.FromNanoseconds((ulong)Environment.TickCount64 * 1_000_000);

        public IEntropySource Entropy => throw new NotSupportedException();

        public void OperationEnded() { }

        public bool Wait(SocketWaiter waiter, Instant deadline) => waiter.SleepUntil(deadline, this);
    }

    // What the file tree does in the guest.
    private sealed class PathsInMemory : IUnixPaths
    {
        private readonly Dictionary<string, UnixSocket> _sockets = [];

        public int Bind(byte[] path, UnixSocket socket) => _sockets.TryAdd(Encoding.UTF8.GetString(path), socket) ? 0 : -SocketErrno.EADDRINUSE;

        public int Find(byte[] path, out UnixSocket? socket) => _sockets.TryGetValue(Encoding.UTF8.GetString(path), out socket) ? 0 : -SocketErrno.ENOENT;
    }
}
