using System.Globalization;

namespace Unikernel.Run;

/// <summary>A port of the host that leads to a port of the guest: <c>8080:80</c>, <c>5353:53/udp</c>, <c>0.0.0.0:8080:80</c>.</summary>
/// <param name="HostAddress">Where the host listens; the loopback address unless said otherwise, as nobody should be surprised by an open port.</param>
public readonly record struct PortForward(string HostAddress, int Host, int Guest, string Protocol)
{
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static PortForward Parse(string text)
    {
        string[] halves = text.Split('/');
        string protocol = halves.Length == 2 ? halves[1] : "tcp";
        string[] parts = halves[0].Split(':');
        if (halves.Length <= 2 && protocol is "tcp" or "udp" && parts.Length is 2 or 3 && Port(parts[^2]) is { } host && Port(parts[^1]) is { } guest)
            return new PortForward(parts.Length == 3 ? parts[0] : "127.0.0.1", host, guest, protocol);
        throw new FormatException($"a port is HOST:GUEST, HOST:GUEST/udp or ADDRESS:HOST:GUEST, not '{text}'");
    }

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536 ? port : null;
}
