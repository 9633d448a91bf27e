namespace Unikernel.Net.Sockets.Tcp;

/// <summary>
/// The cookies of TCP Fast Open (RFC 7413): those that our listeners give, which are a keyed hash of both addresses so that nothing is kept, and those
/// that servers gave to us.
/// </summary>
internal sealed class TcpFastOpen(TcpSecret secret)
{
    /// <summary>Of ours, as Linux's.</summary>
    public const int CookieLength = 8;

    private const int ShortestCookie = 4;

    // One place for each hash: a server that is displaced is asked again.
    private readonly TcpFastOpenServer?[] _servers = new TcpFastOpenServer?[64];

    public ulong Cookie(IpAddress local, IpAddress remote) => secret.Hash(TcpSecret.Purpose.FastOpen, local, 0, remote, 0);

    public TcpFastOpenServer? Find(IpAddress server) => Place(server) is { } known && known.Address == server ? known : null;

    /// <summary>A server's answer: a cookie replaces the one before, none leaves it.</summary>
    public void Remember(IpAddress server, ReadOnlySpan<byte> cookie, int maximumSegment, bool isExperimental)
    {
        if (cookie.Length >= ShortestCookie) Place(server) = new TcpFastOpenServer(server, cookie.ToArray(), maximumSegment, isExperimental);
    }

    /// <summary>It said nothing to the question: the form of the next one.</summary>
    public void RememberForm(IpAddress server, int maximumSegment, bool isExperimental) => Place(server) = new TcpFastOpenServer(server, [], maximumSegment, isExperimental);

    /// <summary>A SYN with it found no answer: the next one goes without, and asks (RFC 7413 section 4.1.3.1).</summary>
    public void Forget(TcpFastOpenServer server)
    {
        if (Place(server.Address) == server) Place(server.Address) = null;
    }

    private ref TcpFastOpenServer? Place(IpAddress server) => ref _servers[secret.TableHash(server, 0) % (uint)_servers.Length];
}

/// <summary>What a server gave, and the largest segment it takes.</summary>
internal sealed class TcpFastOpenServer(IpAddress address, byte[] cookie, int maximumSegment, bool isExperimental = false)
{
    public IpAddress Address { get; } = address;

    public byte[] Cookie { get; } = cookie;

    public int MaximumSegment { get; } = maximumSegment;

    /// <summary>The form of the option that it answers, or that is to be tried.</summary>
    public bool IsExperimental { get; } = isExperimental;
}
