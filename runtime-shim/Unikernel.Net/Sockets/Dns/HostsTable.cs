namespace Unikernel.Net.Sockets.Dns;

/// <summary>Names with fixed addresses: the lines of a hosts file (hosts(5)).</summary>
public sealed class HostsTable
{
    private readonly Dictionary<string, List<IpAddress>> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, IpAddress Address)> _lines = []; // in their order

    public int Count => _entries.Count;

    /// <summary>Reads "ADDRESS NAME ALIAS..." lines; lines that are not of that form are left out, as every system does.</summary>
    public static HostsTable Parse(string text)
    {
        var table = new HostsTable();
        table.AddLines(text);
        return table;
    }

    /// <summary>Adds the lines of a hosts file, but for the names that <paramref name="hiding"/> has.</summary>
    public void AddLines(string text, HostsTable? hiding = null)
    {
        foreach (string raw in text.Split('\n'))
        {
            int comment = raw.IndexOf('#', StringComparison.Ordinal);
            string[] words = (comment < 0 ? raw : raw[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IpAddress.TryParse(words[0], out IpAddress address)) continue;
            for (int i = 1; i < words.Length; i++)
            {
                if (hiding?.Find(words[i]) is null) Add(words[i], address);
            }
        }
    }

    /// <summary>Takes over all entries of another table.</summary>
    public void Add(HostsTable other)
    {
        foreach ((string name, IpAddress address) in other._lines) Add(name, address);
    }

    public void Add(string name, IpAddress address)
    {
        name = name.TrimEnd('.');
        if (!_entries.TryGetValue(name, out List<IpAddress>? addresses)) _entries[name] = addresses = [];
        if (addresses.Contains(address)) return;
        addresses.Add(address);
        _lines.Add((name, address));
    }

    public IReadOnlyList<IpAddress>? Find(string name) => _entries.GetValueOrDefault(name.TrimEnd('.'));

    /// <summary>The first name of the first line with an address, for reverse look-ups.</summary>
    public string? FindName(IpAddress address) => _lines.Find(line => line.Address == address).Name;
}
