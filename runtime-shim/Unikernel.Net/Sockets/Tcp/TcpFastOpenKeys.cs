using System.Buffers.Binary;

namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// A program's own keys for the cookies of a listener (TCP_FASTOPEN_KEY), which several machines behind one address share: so the cookies are Linux's, SipHash over the
/// addresses as they are in the header (net/ipv4/tcp_fastopen.c, __tcp_fastopen_cookie_gen_cipher). The second is one that is being replaced.
/// </summary>
internal sealed class TcpFastOpenKeys
{
    /// <summary>Of one key.</summary>
    public const int Length = 16;

    private readonly byte[] _bytes;
    private readonly TcpSecret _primary;
    private readonly TcpSecret? _backup;

    /// <param name="bytes">One key or two.</param>
    public TcpFastOpenKeys(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes.ToArray();
        _primary = new TcpSecret(bytes[..Length]);
        _backup = bytes.Length > Length ? new TcpSecret(bytes[Length..]) : null;
    }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public ulong Cookie(IpAddress local, IpAddress remote) => Cookie(_primary, local, remote);

    public bool IsOfBackup(ulong cookie, IpAddress local, IpAddress remote) => _backup is not null && Cookie(_backup, local, remote) == cookie;

    // As the bytes are on the wire: the hash's lowest first.
    private static ulong Cookie(TcpSecret key, IpAddress local, IpAddress remote)
    {
        Span<byte> addresses = stackalloc byte[32];
        int length = remote.IsV4 ? 4 : 16;
        remote.CopyTo(addresses);
        local.CopyTo(addresses[length..]);
        return BinaryPrimitives.ReverseEndianness(key.Hash(addresses[..(2 * length)]));
    }
}
