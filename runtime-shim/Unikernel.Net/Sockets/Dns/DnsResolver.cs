using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Dns;

/// <summary>How a look-up ended; getaddrinfo's EAI codes say no more.</summary>
public enum ResolveStatus : byte
{
    Success,

    /// <summary>The name does not exist, or has no address of the wanted family.</summary>
    NotFound,

    /// <summary>No server answered, or all failed: another time it may work.</summary>
    TryAgain,

    /// <summary>There is no server to ask.</summary>
    NoServers,

    /// <summary>Not a name.</summary>
    BadName,
}

/// <summary>Which addresses are wanted.</summary>
public enum ResolveFamily : byte
{
    Any,
    V4,
    V6,
}

/// <summary>The addresses of a name, and the name that they are finally of.</summary>
public sealed record ResolveResult(ResolveStatus Status, IReadOnlyList<IpAddress> Addresses, string CanonicalName)
{
    /// <summary>For people: what was tried.</summary>
    public string Detail { get; init; } = "";
}

/// <summary>What the resolver works with; read anew for each look-up, since DHCP may change it.</summary>
public sealed record ResolverConfiguration(IReadOnlyList<IpAddress> Servers, IReadOnlyList<string> SearchDomains)
{
    public string HostName { get; init; } = "localhost";

    /// <summary>This machine's addresses, for its own name.</summary>
    public IReadOnlyList<IpAddress> OwnAddresses { get; init; } = [];

    /// <summary>Has an IPv6 address beyond the link: IPv6 results come first (RFC 6724, in short).</summary>
    public bool PreferV6 { get; init; }
}

/// <summary>What the resolver counted.</summary>
public sealed class ResolverCounters : ICounterGroup
{
    public long Lookups, QueriesSent, AnswersReceived, NotOurs, Malformed, Timeouts, TcpFallbacks, ServerFailures, CacheHits, EdnsFallbacks;

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("dns", nameof(Lookups), Lookups);
        visitor.Visit("dns", nameof(QueriesSent), QueriesSent);
        visitor.Visit("dns", nameof(AnswersReceived), AnswersReceived);
        visitor.Visit("dns", nameof(NotOurs), NotOurs);
        visitor.Visit("dns", nameof(Malformed), Malformed);
        visitor.Visit("dns", nameof(Timeouts), Timeouts);
        visitor.Visit("dns", nameof(TcpFallbacks), TcpFallbacks);
        visitor.Visit("dns", nameof(ServerFailures), ServerFailures);
        visitor.Visit("dns", nameof(CacheHits), CacheHits);
        visitor.Visit("dns", nameof(EdnsFallbacks), EdnsFallbacks);
    }
}

/// <summary>
/// A stub resolver (RFC 1034 section 5.3.1): literals, hosts entries, search list, A and AAAA with aliases, several servers with
/// timeouts, TCP when an answer was truncated, a cache. Blocks the calling thread, as getaddrinfo does; any number may call.
/// </summary>
public sealed class DnsResolver(IDnsTransport transport, IEntropySource entropy, Func<ResolverConfiguration> configuration, HostsTable hosts)
{
    /// <summary>resolv.conf(5)'s defaults: each server is asked so often, and waited for so long.</summary>
    public const int Attempts = 2;

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private const ushort Port = 53;
    private const int MaximumSearchDomains = 6, MaximumAnswer = 65535;

    /// <summary>Answers that are not ours, before an exchange is given up: someone floods.</summary>
    private const int MaximumStrayAnswers = 64;

    private readonly Lock _cacheLock = new();
    private readonly DnsCache _cache = new();

    public ResolverCounters Counters { get; } = new();

    /// <summary>Forgets all answers.</summary>
    public void ClearCache()
    {
        lock (_cacheLock) _cache.Clear();
    }

    public ResolveResult Resolve(string name, ResolveFamily family)
    {
        Interlocked.Increment(ref Counters.Lookups);
        if (IpAddress.TryParse(name, out IpAddress literal))
            return Filter([literal], family) is { Count: > 0 } one ? new(ResolveStatus.Success, one, name) : new(ResolveStatus.NotFound, [], name);
        string bare = name.TrimEnd('.');
        IReadOnlyList<IpAddress>? local = FindLocally(bare);
        // From here on the network must be configured: asking for that may wait.
        ResolverConfiguration current = local is null ? configuration() : new ResolverConfiguration([], []);
        if (local is null && bare.Equals(current.HostName, StringComparison.OrdinalIgnoreCase))
            local = current.OwnAddresses.Count > 0 ? current.OwnAddresses : [IpAddress.Loopback4];
        if (local is not null)
            return Filter(local, family) is { Count: > 0 } found ? new(ResolveStatus.Success, found, bare) : new(ResolveStatus.NotFound, [], bare);
        byte[] wire = new byte[DnsMessage.MaximumNameLength];
        if (!DnsName.TryEncode(name, wire, out _)) return new(ResolveStatus.BadName, [], name) { Detail = $"'{name}' is not a host name" };
        if (current.Servers.Count == 0)
            return new(ResolveStatus.NoServers, [], name) { Detail = "no DNS server is known: neither DHCP nor the command line (ip=...:DNS) named one" };

        ResolveResult? last = null;
        foreach (string candidate in Candidates(name, current.SearchDomains))
        {
            ResolveResult result = ResolveOne(candidate, family, current);
            if (result.Status == ResolveStatus.Success) return result;
            // "Try again" is the more truthful answer than "not found" for a name that was not asked for to the end.
            if (last is null || result.Status == ResolveStatus.TryAgain) last = result;
        }

        return last!;
    }

    // RFC 6761 section 6.3: localhost and what is below it never goes to a server. IPv4 comes first, as in an /etc/hosts that knows only
    // 127.0.0.1: a program that takes the first address for an IPv4 socket works.
    private IReadOnlyList<IpAddress>? FindLocally(string name)
    {
        if (hosts.Find(name) is { } entries) return entries;
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase))
            return [IpAddress.Loopback4, IpAddress.Loopback6];
        return null;
    }

    // ndots:1: a name with a dot is tried as it is first; with a dot at its end, as it is only.
    private static IEnumerable<string> Candidates(string name, IReadOnlyList<string> search)
    {
        if (name.EndsWith('.'))
        {
            yield return name[..^1];
            yield break;
        }

        bool hasDot = name.Contains('.', StringComparison.Ordinal);
        if (hasDot) yield return name;
        for (int i = 0; i < Math.Min(search.Count, MaximumSearchDomains); i++)
        {
            if (name.Length + 1 + search[i].Length < DnsMessage.MaximumNameLength - 1) yield return $"{name}.{search[i]}";
        }

        if (!hasDot) yield return name;
    }

    private ResolveResult ResolveOne(string name, ResolveFamily family, ResolverConfiguration current)
    {
        var addresses = new List<IpAddress>();
        string canonical = name, detail = "";
        ResolveStatus worst = ResolveStatus.NotFound;
        bool v6First = current.PreferV6;
        for (int i = 0; i < 2; i++)
        {
            DnsType type = (i == 0) == v6First ? DnsType.Aaaa : DnsType.A;
            if (family == ResolveFamily.V4 && type != DnsType.A || family == ResolveFamily.V6 && type != DnsType.Aaaa) continue;
            (DnsCache.Entry? entry, string problem) = Query(name, type, current);
            if (entry is null)
            {
                worst = ResolveStatus.TryAgain;
                detail = problem;
                continue;
            }

            addresses.AddRange(entry.Addresses);
            if (entry.Addresses.Length > 0) canonical = DnsName.Decode(entry.FinalName);
            if (entry.Verdict == DnsVerdict.NameError) break; // no name, no other type (RFC 8020)
        }

        return addresses.Count > 0 ? new(ResolveStatus.Success, addresses, canonical) : new(worst, [], name) { Detail = detail };
    }

    private (DnsCache.Entry? Entry, string Problem) Query(string name, DnsType type, ResolverConfiguration current)
    {
        string key = name.ToLowerInvariant();
        lock (_cacheLock)
        {
            if (_cache.Find(key, type, transport.Now) is { } cached)
            {
                Counters.CacheHits++;
                return (cached, "");
            }
        }

        byte[] wire = new byte[DnsMessage.MaximumNameLength];
        if (!DnsName.TryEncode(name, wire, out int length)) return (null, $"'{name}' is not a host name");
        byte[] asked = wire[..length];
        uint timeToLive = DnsAnswer.MaximumTimeToLive;
        for (int aliases = 0; aliases <= DnsAnswer.MaximumAliases; aliases++)
        {
            (DnsVerdict verdict, DnsAnswer? answer, string problem) = AskServers(asked, type, current);
            if (answer is null) return (null, problem);
            timeToLive = Math.Min(timeToLive, answer.TimeToLive);
            if (verdict == DnsVerdict.Alias)
            {
                asked = answer.FinalName;
                continue;
            }

            var entry = new DnsCache.Entry(verdict, [.. answer.Addresses], answer.FinalName, transport.Now + TimeSpan.FromSeconds(timeToLive));
            if (timeToLive > 0)
            {
                lock (_cacheLock) _cache.Add(key, type, entry);
            }

            return (entry, "");
        }

        return (null, $"{name}: more than {DnsAnswer.MaximumAliases} aliases");
    }

    private (DnsVerdict Verdict, DnsAnswer? Answer, string Problem) AskServers(byte[] name, DnsType type, ResolverConfiguration current)
    {
        string problem = "";
        byte[] buffer = new byte[4096];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            foreach (IpAddress server in current.Servers)
            {
                var answer = new DnsAnswer();
                DnsVerdict verdict = Ask(new IpEndpoint(server, Port), name, type, ref buffer, answer, out string failure);
                if (verdict is DnsVerdict.Addresses or DnsVerdict.Alias or DnsVerdict.NoData or DnsVerdict.NameError) return (verdict, answer, "");
                problem = $"{server}: {failure}";
            }
        }

        return (DnsVerdict.ServerFailed, null, problem);
    }

    private DnsVerdict Ask(IpEndpoint server, byte[] name, DnsType type, ref byte[] buffer, DnsAnswer answer, out string failure)
    {
        for (bool edns = true; ; edns = false)
        {
            ushort id = NewId();
            var query = new DnsQueryRepr(id, name, type);
            Span<byte> bytes = new byte[query.BufferLength];
            query.Emit(bytes);
            if (!edns)
            {
                bytes = bytes[..^11];
                bytes[11] = 0; // no additional record
            }

            DnsVerdict verdict = Exchange(server, bytes, id, name, type, buffer, answer, out failure);
            if (verdict == DnsVerdict.Truncated)
            {
                Interlocked.Increment(ref Counters.TcpFallbacks);
                if (buffer.Length < MaximumAnswer) buffer = new byte[MaximumAnswer];
                int received = transport.ExchangeTcp(server, bytes, buffer, transport.Now + Timeout);
                verdict = received < 0 ? DnsVerdict.ServerFailed : answer.Read(buffer.AsSpan(0, received), id, name, type);
                failure = received < 0 ? "the answer was truncated, and TCP failed" : "the answer over TCP can not be used";
                if (verdict == DnsVerdict.Truncated) verdict = DnsVerdict.ServerFailed;
            }

            if (verdict != DnsVerdict.FormatError || !edns)
            {
                if (verdict == DnsVerdict.ServerFailed) Interlocked.Increment(ref Counters.ServerFailures);
                return verdict;
            }

            Interlocked.Increment(ref Counters.EdnsFallbacks);
        }
    }

    private ushort NewId()
    {
        Span<byte> random = stackalloc byte[2];
        entropy.Fill(random);
        return BitConverter.ToUInt16(random);
    }

    private DnsVerdict Exchange(IpEndpoint server, ReadOnlySpan<byte> query, ushort id, byte[] name, DnsType type, byte[] buffer, DnsAnswer answer, out string failure)
    {
        failure = "it can not be reached";
        using IDnsExchange? exchange = transport.Open(server);
        if (exchange is null || !exchange.Send(query)) return DnsVerdict.ServerFailed;
        Interlocked.Increment(ref Counters.QueriesSent);
        Instant deadline = transport.Now + Timeout;
        for (int stray = 0; stray < MaximumStrayAnswers; stray++)
        {
            int received = exchange.Receive(buffer, deadline);
            if (received < 0)
            {
                Interlocked.Increment(ref Counters.Timeouts);
                failure = $"no answer in {Timeout.TotalSeconds:0} s";
                return DnsVerdict.ServerFailed;
            }

            DnsVerdict verdict = answer.Read(buffer.AsSpan(0, received), id, name, type);
            switch (verdict)
            {
                case DnsVerdict.NotOurs:
                    // Waits on for the true one: a wrong guess must not end the look-up.
                    Interlocked.Increment(ref Counters.NotOurs);
                    continue;
                case DnsVerdict.Malformed:
                    Interlocked.Increment(ref Counters.Malformed);
                    failure = "its answer can not be read";
                    return DnsVerdict.ServerFailed;
                default:
                    Interlocked.Increment(ref Counters.AnswersReceived);
                    failure = "it refuses or fails";
                    return verdict;
            }
        }

        failure = "too many answers to questions that were not asked";
        return DnsVerdict.ServerFailed;
    }

    private static List<IpAddress> Filter(IReadOnlyList<IpAddress> addresses, ResolveFamily family)
    {
        var list = new List<IpAddress>(addresses.Count);
        foreach (IpAddress address in addresses)
        {
            if (family == ResolveFamily.Any || address.IsV4 == (family == ResolveFamily.V4)) list.Add(address);
        }

        return list;
    }
}
