using System.Buffers.Binary;
using Unikernel.Net.Sockets.Dns;
using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Dns;

public class ResolverTests
{
    private static readonly IpAddress Server1 = new(10, 0, 0, 53), Server2 = new(10, 0, 0, 54);

    /// <summary>A server in memory. The answers to one query, in order; an empty array is silence until the deadline.</summary>
    private delegate IEnumerable<byte[]> Zone(IpAddress server, string name, DnsType type, ushort id, byte[] query);

    private sealed class Net(Zone zone) : IDnsTransport
    {
        public Instant Now { get; set; } = Instant.FromMilliseconds(1);
        public Zone? Tcp { get; set; }
        public List<(IpAddress Server, string Name, DnsType Type)> Asked { get; } = [];
        public int TcpExchanges { get; private set; }
        public HashSet<IpAddress> Unreachable { get; } = [];

        public IDnsExchange? Open(IpEndpoint server) => Unreachable.Contains(server.Address) ? null : new Exchange(this, server.Address);

        public int ExchangeTcp(IpEndpoint server, ReadOnlySpan<byte> query, Span<byte> answer, Instant deadline)
        {
            TcpExchanges++;
            byte[]? bytes = Tcp is null ? null : Call(Tcp, server.Address, query.ToArray()).FirstOrDefault();
            if (bytes is null) return -1;
            bytes.CopyTo(answer);
            return bytes.Length;
        }

        private static IEnumerable<byte[]> Call(Zone zone, IpAddress server, byte[] query)
        {
            DnsMessage.TryParse(query, out DnsMessage message);
            byte[] name = new byte[255];
            Assert.True(message.TryReadQuestion(name, out int length, out DnsType type, out _, out _));
            return zone(server, DnsName.Decode(name.AsSpan(0, length)), type, message.Id, query);
        }

        private sealed class Exchange(Net net, IpAddress server) : IDnsExchange
        {
            private readonly Queue<byte[]> _answers = new();

            public bool Send(ReadOnlySpan<byte> query)
            {
                DnsMessage.TryParse(query, out DnsMessage message);
                byte[] name = new byte[255];
                message.TryReadQuestion(name, out int length, out DnsType type, out _, out _);
                net.Asked.Add((server, DnsName.Decode(name.AsSpan(0, length)), type));
                foreach (byte[] answer in Call(zoneOf(net), server, query.ToArray())) _answers.Enqueue(answer);
                return true;
            }

            private static Zone zoneOf(Net net) => net.TheZone;

            public int Receive(Span<byte> answer, Instant deadline)
            {
                if (!_answers.TryDequeue(out byte[]? bytes))
                {
                    net.Now = deadline;
                    return -1;
                }

                bytes.CopyTo(answer);
                return bytes.Length;
            }

            public void Dispose() { }
        }

        private Zone TheZone => zone;
    }

    private static byte[] Wire(string name)
    {
        byte[] buffer = new byte[255];
        Assert.True(DnsName.TryEncode(name, buffer, out int length));
        return buffer[..length];
    }

    private static byte[] Record(string owner, DnsType type, uint ttl, byte[] data)
    {
        byte[] head = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(head, (ushort)type);
        head[3] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), ttl);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), (ushort)data.Length);
        return [.. Wire(owner), .. head, .. data];
    }

    private static byte[] A(string owner, byte last, uint ttl = 300) => Record(owner, DnsType.A, ttl, [192, 0, 2, last]);

    private static byte[] Aaaa(string owner, byte last, uint ttl = 300) => Record(owner, DnsType.Aaaa, ttl, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);

    private static byte[] Cname(string owner, string target, uint ttl = 300) => Record(owner, DnsType.Cname, ttl, Wire(target));

    private static byte[] Soa(string zone, uint minimum) => Record(zone, DnsType.Soa, 900, [0, 0, .. new byte[16], (byte)(minimum >> 24), (byte)(minimum >> 16), (byte)(minimum >> 8), (byte)minimum]);

    private static byte[] Answer(ushort id, string name, DnsType type, IEnumerable<byte[]> answers, DnsResponseCode code = DnsResponseCode.NoError, bool truncated = false, byte[]? authority = null)
    {
        byte[] head = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(head, id);
        head[2] = (byte)(0x81 | (truncated ? 2 : 0));
        head[3] = (byte)(0x80 | (int)code);
        head[5] = 1;
        head[7] = (byte)answers.Count();
        head[9] = (byte)(authority is null ? 0 : 1);
        return [.. head, .. Wire(name), 0, (byte)type, 0, 1, .. answers.SelectMany(r => r), .. authority ?? []];
    }

    private static DnsResolver Resolver(Net net, IReadOnlyList<IpAddress>? servers = null, IReadOnlyList<string>? search = null, HostsTable? hosts = null, bool preferV6 = false) =>
        new(net, new SeededEntropy(1), () => new ResolverConfiguration(servers ?? [Server1, Server2], search ?? []) { HostName = "guest", OwnAddresses = [new(10, 0, 0, 1)], PreferV6 = preferV6 }, hosts ?? new HostsTable());

    private static IEnumerable<byte[]> Good(IpAddress server, string name, DnsType type, ushort id, byte[] query) =>
        [Answer(id, name, type, type == DnsType.A ? [A(name, 1), A(name, 2)] : [Aaaa(name, 1)])];

    [Fact]
    public void Both_families_in_the_order_of_preference()
    {
        ResolveResult v4First = Resolver(new Net(Good)).Resolve("www.example.com", ResolveFamily.Any);
        Assert.Equal(["192.0.2.1", "192.0.2.2", "2001:db8::1"], v4First.Addresses.Select(a => a.ToString()));
        ResolveResult v6First = Resolver(new Net(Good), preferV6: true).Resolve("www.example.com", ResolveFamily.Any);
        Assert.Equal("2001:db8::1", v6First.Addresses[0].ToString());
        Assert.Single(Resolver(new Net(Good)).Resolve("www.example.com", ResolveFamily.V6).Addresses);
        Assert.Equal("www.example.com", v4First.CanonicalName);
    }

    [Fact]
    public void A_hosts_table_hides_the_lines_of_another_for_its_names()
    {
        HostsTable given = new(), table = new();
        given.Add("db", IpAddress.Parse("192.0.2.8"));
        table.AddLines("192.0.2.7 DB other\n192.0.2.9 db\n", hiding: given);
        table.Add(given);
        Assert.Equal("192.0.2.8", Assert.Single(table.Find("Db")!).ToString());
        Assert.Equal("192.0.2.7", Assert.Single(table.Find("other.")!).ToString());
        Assert.Equal("other", table.FindName(IpAddress.Parse("192.0.2.7")));
        Assert.Null(table.FindName(IpAddress.Parse("192.0.2.9")));
    }

    [Fact]
    public void The_name_of_an_address_is_the_first_of_its_first_line()
    {
        HostsTable table = HostsTable.Parse("192.0.2.1 one shared\n192.0.2.2 two shared\n192.0.2.1 late\n2001:db8::2 two");
        Assert.Equal("one", table.FindName(IpAddress.Parse("192.0.2.1")));
        Assert.Equal("two", table.FindName(IpAddress.Parse("192.0.2.2")));
        Assert.Equal("two", table.FindName(IpAddress.Parse("2001:db8::2")));
        Assert.Null(table.FindName(IpAddress.Parse("192.0.2.3")));
        var words = new HostsTable();
        words.Add("word", IpAddress.Parse("192.0.2.2"));
        words.Add(table);
        Assert.Equal("word", words.FindName(IpAddress.Parse("192.0.2.2")));
    }

    [Fact]
    public void Literals_hosts_and_localhost_ask_nobody()
    {
        var net = new Net((_, _, _, _, _) => throw new InvalidOperationException("asked"));
        HostsTable hosts = HostsTable.Parse("# comment\n192.0.2.7 db db.internal # the database\nnonsense\n2001:db8::7\tdb\r\n");
        DnsResolver resolver = Resolver(net, hosts: hosts);
        Assert.Equal("10.1.1.1", resolver.Resolve("10.1.1.1", ResolveFamily.Any).Addresses[0].ToString());
        Assert.Equal(ResolveStatus.NotFound, resolver.Resolve("10.1.1.1", ResolveFamily.V6).Status);
        Assert.Equal(2, resolver.Resolve("DB", ResolveFamily.Any).Addresses.Count);
        Assert.Equal("192.0.2.7", Assert.Single(resolver.Resolve("db.internal.", ResolveFamily.V4).Addresses).ToString());
        Assert.True(resolver.Resolve("foo.localhost", ResolveFamily.V4).Addresses[0].IsLoopback);
        Assert.Equal("10.0.0.1", resolver.Resolve("guest", ResolveFamily.Any).Addresses[0].ToString());
        Assert.Equal("db", hosts.FindName(new(192, 0, 2, 7)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("ab\u00e4.com")]
    public void What_is_no_name_is_refused_without_asking(string name)
    {
        var net = new Net(Good);
        Assert.Equal(ResolveStatus.BadName, Resolver(net).Resolve(name, ResolveFamily.Any).Status);
        Assert.Empty(net.Asked);
    }

    [Fact]
    public void Without_servers_the_answer_says_why()
    {
        ResolveResult result = Resolver(new Net(Good), servers: []).Resolve("example.com", ResolveFamily.Any);
        Assert.Equal(ResolveStatus.NoServers, result.Status);
        Assert.Contains("DHCP", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_are_followed_in_one_answer_in_any_order_and_by_asking_again()
    {
        var net = new Net((_, name, type, id, _) => name switch
        {
            "www.example.com" => [Answer(id, name, type, [A("c.example.net", 9), Cname("b.example.net", "c.example.net"), Cname("www.example.com", "b.example.net")])],
            "far.example.com" => [Answer(id, name, type, [Cname(name, "target.example.org")])],
            "target.example.org" => [Answer(id, name, type, [A(name, 5)])],
            _ => [Answer(id, name, type, [], DnsResponseCode.NameError)],
        });
        ResolveResult result = Resolver(net).Resolve("www.example.com", ResolveFamily.V4);
        Assert.Equal(("192.0.2.9", "c.example.net"), (Assert.Single(result.Addresses).ToString(), result.CanonicalName));
        result = Resolver(net).Resolve("far.example.com", ResolveFamily.V4);
        Assert.Equal(("192.0.2.5", "target.example.org"), (Assert.Single(result.Addresses).ToString(), result.CanonicalName));
    }

    [Fact]
    public void A_cycle_of_aliases_ends()
    {
        var inside = new Net((_, name, type, id, _) => [Answer(id, name, type, [Cname(name, "b.x"), Cname("b.x", name)])]);
        Assert.Equal(ResolveStatus.TryAgain, Resolver(inside).Resolve("a.x", ResolveFamily.V4).Status);
        var across = new Net((_, name, type, id, _) => [Answer(id, name, type, [Cname(name, name == "a.x" ? "b.x" : "a.x")])]);
        Assert.Equal(ResolveStatus.TryAgain, Resolver(across).Resolve("a.x", ResolveFamily.V4).Status);
        Assert.InRange(across.Asked.Count, 2, 20);
    }

    [Fact]
    public void Records_about_other_names_are_not_believed()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [A("www.bank.example", 66), A(name, 1)])]);
        DnsResolver resolver = Resolver(net);
        Assert.Equal("192.0.2.1", Assert.Single(resolver.Resolve("www.example.com", ResolveFamily.V4).Addresses).ToString());
        resolver.Resolve("www.bank.example", ResolveFamily.V4);
        Assert.Equal(2, net.Asked.Count);
    }

    [Fact]
    public void Forged_answers_before_the_true_one_do_not_end_the_wait()
    {
        var net = new Net((_, name, type, id, _) =>
        [
            Answer((ushort)(id + 1), name, type, [A(name, 66)]),
            Answer(id, "other.example", type, [A("other.example", 66)]),
            Answer(id, name, DnsType.NS, [A(name, 66)]),
            [1, 2, 3],
            Answer(id, name, type, [A(name, 1)]),
        ]);
        DnsResolver resolver = Resolver(net);
        Assert.Equal("192.0.2.1", Assert.Single(resolver.Resolve("www.example.com", ResolveFamily.V4).Addresses).ToString());
        Assert.Equal(4, resolver.Counters.NotOurs);
    }

    [Fact]
    public void A_flood_of_forged_answers_ends()
    {
        var net = new Net((_, name, type, id, _) => Enumerable.Range(0, 1000).Select(i => Answer((ushort)(id ^ (i + 1)), name, type, [A(name, 66)])));
        Assert.Equal(ResolveStatus.TryAgain, Resolver(net).Resolve("www.example.com", ResolveFamily.V4).Status);
    }

    [Fact]
    public void Silent_and_failing_servers_are_passed_over()
    {
        var net = new Net((server, name, type, id, _) => server == Server1 ? [] : [Answer(id, name, type, [A(name, 1)])]);
        Instant start = net.Now;
        Assert.Equal(ResolveStatus.Success, Resolver(net).Resolve("www.example.com", ResolveFamily.V4).Status);
        Assert.Equal(DnsResolver.Timeout, net.Now - start);
        var failing = new Net((server, name, type, id, _) => [Answer(id, name, type, server == Server1 ? [] : [A(name, 1)], server == Server1 ? DnsResponseCode.ServerFailure : DnsResponseCode.NoError)]);
        failing.Unreachable.Add(new(10, 0, 0, 52));
        Assert.Equal(ResolveStatus.Success, Resolver(failing, [new(10, 0, 0, 52), Server1, Server2]).Resolve("www.example.com", ResolveFamily.V4).Status);
    }

    [Fact]
    public void When_all_are_silent_it_gives_up_in_bounded_time_and_says_who()
    {
        var net = new Net((_, _, _, _, _) => []);
        Instant start = net.Now;
        ResolveResult result = Resolver(net).Resolve("www.example.com", ResolveFamily.V4);
        Assert.Equal(ResolveStatus.TryAgain, result.Status);
        Assert.Equal(DnsResolver.Timeout * DnsResolver.Attempts * 2, net.Now - start);
        Assert.Contains("10.0.0.54", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_answer_is_fetched_over_TCP()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [], truncated: true)])
        {
            Tcp = (_, name, type, id, _) => [Answer(id, name, type, Enumerable.Range(1, 30).Select(i => A(name, (byte)i)))],
        };
        DnsResolver resolver = Resolver(net);
        Assert.Equal(30, resolver.Resolve("www.example.com", ResolveFamily.V4).Addresses.Count);
        Assert.Equal((1, 1), (net.TcpExchanges, resolver.Counters.TcpFallbacks));
        net.Tcp = null;
        Assert.Equal(ResolveStatus.TryAgain, resolver.Resolve("www2.example.com", ResolveFamily.V4).Status);
    }

    [Fact]
    public void A_server_without_EDNS_is_asked_again_without()
    {
        var net = new Net((_, name, type, id, query) => [query[11] == 1 ? Answer(id, name, type, [], DnsResponseCode.FormatError) : Answer(id, name, type, [A(name, 1)])]);
        DnsResolver resolver = Resolver(net);
        Assert.Equal(ResolveStatus.Success, resolver.Resolve("www.example.com", ResolveFamily.V4).Status);
        Assert.Equal(1, resolver.Counters.EdnsFallbacks);
    }

    [Fact]
    public void Answers_are_kept_for_their_time_and_no_longer()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [A(name, 1, 60)])]);
        DnsResolver resolver = Resolver(net);
        resolver.Resolve("www.example.com", ResolveFamily.V4);
        net.Now += TimeSpan.FromSeconds(59);
        resolver.Resolve("WWW.EXAMPLE.COM", ResolveFamily.V4);
        Assert.Single(net.Asked);
        net.Now += TimeSpan.FromSeconds(2);
        resolver.Resolve("www.example.com", ResolveFamily.V4);
        Assert.Equal(2, net.Asked.Count);
    }

    [Theory]
    [InlineData(0u, 2)] // not kept
    [InlineData(0xffff_ffffu, 2)] // RFC 2181: as zero
    public void Odd_lifetimes(uint ttl, int asked)
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [A(name, 1, ttl)])]);
        DnsResolver resolver = Resolver(net);
        resolver.Resolve("www.example.com", ResolveFamily.V4);
        resolver.Resolve("www.example.com", ResolveFamily.V4);
        Assert.Equal(asked, net.Asked.Count);
    }

    [Fact]
    public void That_a_name_does_not_exist_is_kept_as_the_SOA_says()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [], DnsResponseCode.NameError, authority: Soa("example.com", 30))]);
        DnsResolver resolver = Resolver(net);
        Assert.Equal(ResolveStatus.NotFound, resolver.Resolve("no.example.com", ResolveFamily.Any).Status);
        int asked = net.Asked.Count;
        Assert.Equal(1, asked); // one type is enough to know
        resolver.Resolve("no.example.com", ResolveFamily.Any);
        Assert.Equal(asked, net.Asked.Count);
        net.Now += TimeSpan.FromSeconds(31);
        resolver.Resolve("no.example.com", ResolveFamily.Any);
        Assert.True(net.Asked.Count > asked);
    }

    [Fact]
    public void The_cache_is_bounded()
    {
        var cache = new DnsCache();
        for (int i = 0; i < 1000; i++) cache.Add($"n{i}", DnsType.A, new DnsCache.Entry(DnsVerdict.NoData, [], [], Instant.FromMilliseconds(1000 + i)));
        Assert.Equal(DnsCache.Limit, cache.Count);
        Assert.NotNull(cache.Find("n999", DnsType.A, Instant.Zero));
        Assert.Null(cache.Find("n0", DnsType.A, Instant.Zero));
    }

    [Fact]
    public void The_search_list_completes_short_names_and_comes_after_long_ones()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, name == "db.corp.example" ? [A(name, 3)] : [], name == "db.corp.example" ? DnsResponseCode.NoError : DnsResponseCode.NameError)]);
        DnsResolver resolver = Resolver(net, search: ["home.example", "corp.example"]);
        ResolveResult result = resolver.Resolve("db", ResolveFamily.V4);
        Assert.Equal("db.corp.example", result.CanonicalName);
        Assert.Equal(["db.home.example", "db.corp.example"], net.Asked.Select(q => q.Name));
        net.Asked.Clear();
        Assert.Equal(ResolveStatus.NotFound, resolver.Resolve("x.y", ResolveFamily.V4).Status);
        Assert.Equal(["x.y", "x.y.home.example", "x.y.corp.example"], net.Asked.Select(q => q.Name));
        net.Asked.Clear();
        resolver.Resolve("single.", ResolveFamily.V4);
        Assert.Equal(["single"], net.Asked.Select(q => q.Name));
    }

    [Fact]
    public void An_IPv4_mapped_AAAA_record_is_not_believed()
    {
        var net = new Net((_, name, type, id, _) => [Answer(id, name, type, [Record(name, DnsType.Aaaa, 60, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1])])]);
        Assert.Equal(ResolveStatus.NotFound, Resolver(net).Resolve("www.example.com", ResolveFamily.V6).Status);
    }

    [Fact]
    public void Mutated_answers_never_throw()
    {
        var random = new Random(17);
        var net = new Net((_, name, type, id, _) =>
        {
            byte[] answer = Answer(id, name, type, [Cname(name, "b.x"), A("b.x", 1), A(name, 2)], authority: Soa("x", 5));
            for (int i = random.Next(1, 6); i > 0; i--) answer[random.Next(2, answer.Length)] = (byte)random.Next(256);
            return [random.Next(3) == 0 ? answer[..random.Next(answer.Length)] : answer];
        });
        DnsResolver resolver = Resolver(net);
        for (int i = 0; i < 5000; i++) resolver.Resolve("www.example.com", ResolveFamily.Any);
    }
}
