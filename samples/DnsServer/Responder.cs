using System.Buffers.Binary;

namespace DnsServer;

/// <summary>Answers queries from one zone: the algorithm of RFC 1034 section 4.3.2 for an authoritative server without recursion.</summary>
internal sealed class Responder(Zone zone)
{
    /// <summary>The largest answer over UDP whatever the client offers: it crosses every path unfragmented (DNS flag day 2020).</summary>
    public const int MaxUdpSize = 1232;

    private const int OptLength = 11;
    private const int MaxCnames = 8;

    /// <summary>Writes the response to one message.</summary>
    /// <returns>The response's length; 0: nothing is to be sent.</returns>
    public int Respond(ReadOnlySpan<byte> message, Span<byte> buffer, bool udp)
    {
        Span<byte> name = stackalloc byte[DnsName.MaxLength];
        bool parsed = Query.TryParse(message, name, out Query query, out bool answerable);
        if (!answerable)
        {
            return 0;
        }

        int limit = udp ? Math.Min(query.PayloadSize, MaxUdpSize) : buffer.Length;
        ResponseWriter writer = new(buffer, query.Name, limit - (query.HasEdns ? OptLength : 0));
        int code;
        bool authoritative = false;
        if (!parsed)
        {
            code = ResponseCode.FormErr;
        }
        else if ((query.Flags & HeaderFlags.OpcodeMask) != 0)
        {
            code = ResponseCode.NotImp;
        }
        else
        {
            writer.Question(query.Question);
            code = query switch
            {
                { HasEdns: true, EdnsVersion: not 0 } => ResponseCode.BadVers,
                { Class: not 1 and not 255 } => ResponseCode.Refused,
                { Type: RecordType.AXFR or 251 } => ResponseCode.Refused,
                _ when !DnsName.IsWithin(query.Name, zone.Origin) => ResponseCode.Refused,
                _ => Answer(query.Name, query.Type, ref writer, out authoritative),
            };
        }

        if (query.HasEdns)
        {
            writer.Opt(MaxUdpSize, code, query.DnssecOk);
        }

        int flags = HeaderFlags.QR | (query.Flags & (HeaderFlags.OpcodeMask | HeaderFlags.RD | HeaderFlags.CD)) | (code & 15)
            | (authoritative ? HeaderFlags.AA : 0) | (writer.Truncated ? HeaderFlags.TC : 0);
        writer.Header(query.Id, flags, !query.Question.IsEmpty);
        return writer.Length;
    }

    private int Answer(scoped ReadOnlySpan<byte> name, ushort type, scoped ref ResponseWriter writer, out bool authoritative)
    {
        authoritative = true;
        for (int cnames = 0; ; cnames++)
        {
            if (Delegation(name, out Node? node) is { } cut)
            {
                // RFC 1034: a referral is not authoritative, except for the CNAMEs before it.
                authoritative = cnames > 0;
                Refer(cut, ref writer);
                return ResponseCode.NoError;
            }

            node ??= Wildcard(name);
            if (node is null)
            {
                Negative(ref writer);
                return ResponseCode.NXDomain;
            }

            if (type == RecordType.ANY)
            {
                // RFC 8482 section 4.1: one set is enough.
                if (node.Records is { } any)
                {
                    writer.Records(Section.Answer, name, any);
                }
                else
                {
                    Negative(ref writer);
                }

                return ResponseCode.NoError;
            }

            if (node.Find(type) is { } set)
            {
                if (writer.Records(Section.Answer, name, set) && type is RecordType.NS or RecordType.MX)
                {
                    Glue(set, ref writer);
                }

                return ResponseCode.NoError;
            }

            if (node.Find(RecordType.CNAME) is not { } alias)
            {
                Negative(ref writer);
                return ResponseCode.NoError;
            }

            ReadOnlySpan<byte> target = alias.Data[0];
            if (!writer.Records(Section.Answer, name, alias) || !DnsName.IsWithin(target, zone.Origin) || cnames == MaxCnames)
            {
                return ResponseCode.NoError;
            }

            name = target;
        }
    }

    /// <summary>The delegation at or above a name below the apex, the highest one; and the name's own node.</summary>
    private Node? Delegation(ReadOnlySpan<byte> name, out Node? own)
    {
        own = zone.Find(name);
        Node? cut = null;
        for (Node? node = own; name.Length > zone.Origin.Length; node = zone.Find(name))
        {
            if (node?.Find(RecordType.NS) is not null)
            {
                cut = node;
            }

            name = DnsName.Parent(name);
        }

        return cut;
    }

    /// <summary>RFC 4592 section 3.3: the wildcard at the closest encloser, and only there.</summary>
    private Node? Wildcard(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> encloser = DnsName.Parent(name);
        while (zone.Find(encloser) is null)
        {
            encloser = DnsName.Parent(encloser);
        }

        Span<byte> wildcard = stackalloc byte[DnsName.MaxLength + 2];
        wildcard[0] = 1;
        wildcard[1] = (byte)'*';
        encloser.CopyTo(wildcard[2..]);
        return zone.Find(wildcard[..(encloser.Length + 2)]);
    }

    private void Refer(Node cut, scoped ref ResponseWriter writer)
    {
        RecordSet servers = cut.Find(RecordType.NS)!;
        if (writer.Records(Section.Authority, cut.Name, servers))
        {
            Glue(servers, ref writer);
        }
    }

    /// <summary>The addresses of the hosts that NS and MX records name.</summary>
    private void Glue(RecordSet set, scoped ref ResponseWriter writer)
    {
        foreach (byte[] data in set.Data)
        {
            ReadOnlySpan<byte> host = set.Type == RecordType.MX ? data.AsSpan(2) : data;
            if (DnsName.IsWithin(host, zone.Origin) && zone.Find(host) is { } node)
            {
                if (node.Find(RecordType.A) is { } a)
                {
                    writer.Records(Section.Additional, host, a);
                }

                if (node.Find(RecordType.AAAA) is { } aaaa)
                {
                    writer.Records(Section.Additional, host, aaaa);
                }
            }
        }
    }

    /// <summary>RFC 2308: a negative answer carries the SOA, with the time for which it may be kept.</summary>
    private void Negative(scoped ref ResponseWriter writer)
    {
        RecordSet soa = zone.Soa!;
        byte[] data = soa.Data[0];
        uint minimum = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(data.Length - 4));
        writer.Records(Section.Authority, zone.Origin, soa, Math.Min(minimum, soa.Ttl));
    }
}
