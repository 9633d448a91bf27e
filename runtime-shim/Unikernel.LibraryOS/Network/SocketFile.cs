using Unikernel.Net.Sockets;

namespace Unikernel.LibraryOS;

/// <summary>A socket behind a descriptor.</summary>
internal sealed class SocketFile : OpenFile, ISocketWatcher
{
    public SocketFile(NetSocket socket)
    {
        Socket = socket;
        socket.Watch(this);
    }

    public NetSocket Socket { get; }

    /// <summary>Told of what became true of the socket, also when it was true before (epoll's edges).</summary>
    public event Action<SocketReadiness>? Edge;

    public override bool NonBlocking
    {
        get => Socket.NonBlocking;
        set => Socket.NonBlocking = value;
    }

    public override long Read(Span<byte> buffer) => Socket.Receive(buffer);

    public override long Write(ReadOnlySpan<byte> buffer) => Socket.Send(buffer);

    public override Readiness Readiness => (Readiness)Socket.Readiness;

    public override int GetStatus(out FileStatus status)
    {
        status = new FileStatus { Mode = FileMode.Socket | 0x1FF };
        return 0;
    }

    void ISocketWatcher.ReadinessChanged(NetSocket socket, SocketReadiness changes)
    {
        Edge?.Invoke(changes);
        NotifyReadiness();
    }

    protected override void OnClosed() => Socket.Close();
}
