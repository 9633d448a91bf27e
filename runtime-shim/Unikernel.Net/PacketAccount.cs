namespace Unikernel.Net;

/// <summary>
/// What one socket has waiting below it: for room in a device's queue, or for a neighbour's link address. A packet counts for as long as it waits, by
/// what Linux would charge (SO_SNDBUF), so that who sends faster than the link waits and loses nothing. Under the stack's lock.
/// </summary>
public abstract class PacketAccount
{
    /// <summary>Linux's default (net.core.wmem_default).</summary>
    public const int DefaultLimit = 212_992;

    public int Limit { get; set; } = DefaultLimit;

    public int Waiting { get; private set; }

    /// <summary>No packet more (net/core/sock.c, sock_alloc_send_pskb).</summary>
    public bool IsFull => Waiting >= Limit;

    /// <summary>Half of it is free: who waits for room is told only then (include/net/sock.h, sock_writeable).</summary>
    public bool IsWritable => Waiting <= Limit / 2;

    /// <summary>The packet begins to wait. Its length stays as it is until <see cref="Leave"/>.</summary>
    public void Enter(PacketBuffer packet) => Waiting += packet.Charge;

    /// <summary>It waits no longer, whatever becomes of it.</summary>
    public void Leave(PacketBuffer packet)
    {
        bool was = IsWritable;
        Waiting -= packet.Charge;
        if (!was && IsWritable) RoomAgain();
    }

    /// <summary><see cref="IsWritable"/> became true.</summary>
    protected abstract void RoomAgain();
}
