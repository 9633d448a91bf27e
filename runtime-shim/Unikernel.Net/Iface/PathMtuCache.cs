namespace Unikernel.Net.Iface;

/// <summary>
/// Path MTUs that routers reported (RFC 1191, RFC 8201), for ten minutes. A fixed number of entries; the oldest is replaced.
/// </summary>
public sealed class PathMtuCache
{
    public const int Limit = 64;

    /// <summary>RFC 1191 section 6.3 and RFC 8201 section 4: not sooner than five minutes; ten are recommended.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Linux's ip_rt_min_pmtu: a smaller report for IPv4 is more likely an attack than a link.</summary>
    public const int MinimumV4 = 552;

    /// <summary>RFC 8200 section 5: every IPv6 link carries that much.</summary>
    public const int MinimumV6 = 1280;

    private readonly record struct Entry(IpAddress Destination, int Mtu, Instant Expires);

    private readonly Entry[] _entries = new Entry[Limit];
    private int _count;

    public int Find(IpAddress destination, int linkMtu, Instant now)
    {
        for (int i = 0; i < _count; i++)
        {
            ref readonly Entry entry = ref _entries[i];
            if (entry.Destination == destination) return entry.Expires > now ? Math.Min(entry.Mtu, linkMtu) : linkMtu;
        }

        return linkMtu;
    }

    /// <summary>Notes a report. False: it says nothing new.</summary>
    public bool Report(IpAddress destination, int mtu, int known, Instant now)
    {
        mtu = Math.Max(mtu, destination.IsV4 ? MinimumV4 : MinimumV6);
        if (mtu >= known) return false;
        int at = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Destination == destination)
            {
                at = i;
                goto found;
            }

            if (_entries[i].Expires < _entries[at].Expires) at = i;
        }

        if (_count < Limit) at = _count++;
    found:
        _entries[at] = new(destination, mtu, now + Lifetime);
        return true;
    }
}
