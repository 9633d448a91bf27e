namespace Unikernel.Net.Sockets;

/// <summary>The send buffer of a socket of datagrams.</summary>
internal sealed class SendAccount(NetSocket socket) : PacketAccount
{
    private const int Minimum = 4608, Maximum = 212_992;

    /// <summary>SO_SNDBUF: Linux keeps twice what is asked for, for its own overhead, and shows that.</summary>
    public void SetLimit(int value) => Limit = Math.Max(Minimum, Math.Min(value, Maximum) * 2);

    protected override void RoomAgain() => socket.Raise(SocketReadiness.Writable);
}
