using System.Globalization;
using System.Numerics;

namespace Unikernel.Net.Iface;

/// <summary>
/// One <c>ip=</c> argument of the kernel command line in Linux's syntax (Documentation/admin-guide/nfs/nfsroot.rst):
/// <c>ip=&lt;client-ip&gt;:&lt;server-ip&gt;:&lt;gw-ip&gt;:&lt;netmask&gt;:&lt;hostname&gt;:&lt;device&gt;:&lt;autoconf&gt;:&lt;dns0-ip&gt;:&lt;dns1-ip&gt;:&lt;ntp0-ip&gt;</c>,
/// or only the autoconf word. The address may also be written with its prefix (<c>10.0.0.2/24</c>), and IPv6 addresses stand in
/// brackets. The server and NTP fields are accepted and not used.
/// </summary>
public sealed record IpArgument
{
    public IpCidr? Address { get; private init; }
    public IpAddress? Gateway { get; private init; }
    public string? HostName { get; private init; }

    /// <summary>The interface it is for; null: the first.</summary>
    public string? Device { get; private init; }

    /// <summary>DHCP is wanted: "dhcp", "on" or "any", or nothing was said and no address given.</summary>
    public bool Dhcp { get; private init; }
    public IReadOnlyList<IpAddress> DnsServers { get; private init; } = [];

    /// <summary>Parses the text after <c>ip=</c>. On failure <paramref name="error"/> says what is wrong, for the user.</summary>
    public static bool TryParse(string text, out IpArgument argument, out string error)
    {
        argument = new IpArgument();
        List<string> fields = Split(text);
        string mode = fields.Count == 1 && !LooksLikeAddress(fields[0]) ? fields[0] : Field(fields, 6);
        if (fields.Count == 1 && mode.Length > 0) fields = [""];
        if (fields.Count > 10)
        {
            error = $"ip={text}: more than 10 fields";
            return false;
        }

        bool? dhcp = mode switch { "" => null, "dhcp" or "on" or "any" => true, "off" or "none" or "static" => false, _ => null };
        if (dhcp is null && mode.Length > 0)
        {
            error = $"ip={text}: '{mode}' is not a way to configure; use dhcp, on, any, off or none";
            return false;
        }

        if (!TryAddress(fields, 0, "address", text, out IpAddress? address, out int? prefix, out error) ||
            !TryAddress(fields, 2, "gateway", text, out IpAddress? gateway, out _, out error) ||
            !TryAddress(fields, 7, "DNS server", text, out IpAddress? dns0, out _, out error) ||
            !TryAddress(fields, 8, "DNS server", text, out IpAddress? dns1, out _, out error) ||
            !TryMask(Field(fields, 3), text, ref prefix, out error))
            return false;
        if (address is { } a && (!a.IsUnicast || a.IsLoopback))
        {
            error = $"ip={text}: {a} can not be an interface's address";
            return false;
        }

        // Without a mask: the class's for IPv4, as Linux, and 64 for IPv6.
        IpCidr? cidr = address is { } given
            ? new IpCidr(given, (byte)(prefix ?? (given.IsV6 ? 64 : (given.V4 >> 30) switch { 0 or 1 => 8, 2 => 16, _ => 24 })))
            : null;
        if (cidr is { } c && c.PrefixLength > (c.Address.IsV4 ? 32 : 128))
        {
            error = $"ip={text}: /{c.PrefixLength} is too long a prefix";
            return false;
        }

        if (gateway is { } g && cidr is null)
        {
            error = $"ip={text}: a gateway ({g}) without an address";
            return false;
        }

        var servers = new List<IpAddress>();
        if (dns0 is { } first) servers.Add(first);
        if (dns1 is { } second) servers.Add(second);
        argument = new IpArgument
        {
            Address = cidr,
            Gateway = gateway,
            HostName = Field(fields, 4) is { Length: > 0 } host ? host : null,
            Device = Field(fields, 5) is { Length: > 0 } device ? device : null,
            Dhcp = dhcp ?? cidr is null,
            DnsServers = servers,
        };
        error = "";
        return true;
    }

    // At colons outside brackets.
    private static List<string> Split(string text)
    {
        var fields = new List<string>();
        int start = 0, depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '[') depth++;
            if (text[i] == ']') depth--;
            if (text[i] != ':' || depth > 0) continue;
            fields.Add(text[start..i]);
            start = i + 1;
        }

        fields.Add(text[start..]);
        return fields;
    }

    private static bool LooksLikeAddress(string field) => field.Length > 0 && (char.IsAsciiDigit(field[0]) || field[0] == '[');

    private static string Field(List<string> fields, int index) => index < fields.Count ? fields[index] : "";

    private static bool TryAddress(List<string> fields, int index, string what, string text, out IpAddress? address, out int? prefix, out string error)
    {
        address = null;
        prefix = null;
        error = "";
        string field = Field(fields, index);
        if (field.Length == 0) return true;
        int slash = field.IndexOf('/');
        string prefixText = slash >= 0 ? field[(slash + 1)..] : "";
        if (slash >= 0) field = field[..slash];
        if (field.StartsWith('[') && field.EndsWith(']')) field = field[1..^1];
        if (!IpAddress.TryParse(field, out IpAddress parsed) || (slash >= 0 && !TryPrefix(prefixText, out prefix)))
        {
            error = $"ip={text}: '{Field(fields, index)}' is not a valid {what}";
            return false;
        }

        address = parsed;
        return true;
    }

    private static bool TryPrefix(string text, out int? prefix)
    {
        bool ok = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= 128;
        prefix = ok ? value : null;
        return ok;
    }

    private static bool TryMask(string field, string text, ref int? prefix, out string error)
    {
        error = "";
        if (field.Length == 0 || (!field.Contains('.') && TryPrefix(field, out prefix))) return true;
        if (!IpAddress.TryParse(field, out IpAddress mask) || !mask.IsV4 || (~mask.V4 & (~mask.V4 + 1)) != 0)
        {
            error = $"ip={text}: '{field}' is not a netmask";
            return false;
        }

        prefix = BitOperations.PopCount(mask.V4);
        return true;
    }
}
