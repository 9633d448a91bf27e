namespace Unikernel.Net.Sockets.Dns;

/// <summary>How the resolver reaches a server. The real one uses sockets; tests give servers that lie, are late, or are silent.</summary>
public interface IDnsTransport
{
    Instant Now { get; }

    /// <summary>An exchange over UDP with one server, from a port of its own. Null: it can not be reached at all.</summary>
    IDnsExchange? Open(IpEndpoint server);

    /// <summary>One query and its whole answer over TCP (RFC 7766). Returns the answer's length, or -1.</summary>
    int ExchangeTcp(IpEndpoint server, ReadOnlySpan<byte> query, Span<byte> answer, Instant deadline);
}

/// <summary>One UDP conversation.</summary>
public interface IDnsExchange : IDisposable
{
    bool Send(ReadOnlySpan<byte> query);

    /// <summary>The next datagram from that server; -1: the deadline passed, or the server's host says that it does not listen.</summary>
    int Receive(Span<byte> answer, Instant deadline);
}
