using Unikernel.Net.Wire;

namespace Unikernel.Net.Sockets.Dns;

/// <summary>Answers for as long as they said, good ones and negative ones; a fixed number, the one that expires first goes.</summary>
public sealed class DnsCache
{
    public const int Limit = 256;

    /// <summary>One remembered answer.</summary>
    public sealed record Entry(DnsVerdict Verdict, IpAddress[] Addresses, byte[] FinalName, Instant Expires);

    private readonly Dictionary<string, Entry> _entries = [];

    public int Count => _entries.Count;
    public long Hits { get; private set; }

    public Entry? Find(string name, DnsType type, Instant now)
    {
        string key = Key(name, type);
        if (!_entries.TryGetValue(key, out Entry? entry)) return null;
        if (entry.Expires <= now)
        {
            _entries.Remove(key);
            return null;
        }

        Hits++;
        return entry;
    }

    public void Add(string name, DnsType type, Entry entry)
    {
        if (_entries.Count >= Limit && !_entries.ContainsKey(Key(name, type)))
        {
            string? first = null;
            Instant earliest = Instant.Never;
            foreach ((string key, Entry other) in _entries)
            {
                if (first is not null && other.Expires >= earliest) continue;
                (first, earliest) = (key, other.Expires);
            }

            if (first is not null) _entries.Remove(first);
        }

        _entries[Key(name, type)] = entry;
    }

    public void Clear() => _entries.Clear();

    private static string Key(string name, DnsType type) => type == DnsType.A ? name + "/4" : name + "/6";
}
