using System.Globalization;
using System.Text;
using Unikernel.LibraryOS;
using Unikernel.Net;
using Unikernel.Net.Sockets.Tcp;
using Unikernel.Net.Sockets.Udp;

namespace Unikernel.NetworkInformation;

/// <summary>/proc/net/tcp, tcp6, udp and udp6: a line for each connection, listener and bound socket. Under the stack's lock.</summary>
internal static class ConnectionTables
{
    private const int StateListen = 10, StateUnconnected = 7;

    // include/net/tcp_states.h, by TcpState
    private static ReadOnlySpan<byte> LinuxStates => [7, StateListen, 2, 3, 1, 4, 5, 8, 11, 9, 6];

    public static void Tcp(StringBuilder text, bool v4)
    {
        text.Append("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
        int line = 0;
        TcpTransport tcp = NetworkHost.Instance.Tcp;
        foreach (TcpListener listener in tcp.ListListeners())
        {
            // A dual-mode listener is one socket of IPv6.
            if (listener.AcceptsV6 != v4)
                Append(text, line++, Any(listener.Local, v4), Any(default, v4), StateListen);
        }

        foreach (TcpTableEntry entry in tcp.ListConnections())
        {
            if (entry.LocalAddress.IsV4 != v4)
                continue;
            TcpState state = entry is TcpConnection connection ? connection.State : TcpState.TimeWait;
            Append(text, line++, new IpEndpoint(entry.LocalAddress, entry.LocalPort), new IpEndpoint(entry.RemoteAddress, entry.RemotePort), LinuxStates[(int)state]);
        }
    }

    public static void Udp(StringBuilder text, bool v4)
    {
        text.Append("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n");
        int line = 0;
        foreach (UdpEndpoint endpoint in NetworkHost.Instance.Udp.ListEndpoints())
        {
            if (endpoint.IsV6 != v4)
                Append(text, line++, Any(new IpEndpoint(endpoint.LocalAddress, endpoint.LocalPort), v4), Any(endpoint.Remote ?? default, v4), endpoint.Remote is null ? StateUnconnected : 1);
        }
    }

    private static IpEndpoint Any(IpEndpoint name, bool v4) =>
        name.Address.IsUnspecified ? name with { Address = v4 ? IpAddress.Any4 : IpAddress.Any6 } : name;

    private static void Append(StringBuilder text, int line, IpEndpoint local, IpEndpoint remote, int state)
    {
        text.Append(CultureInfo.InvariantCulture, $"{line,4}: {NetworkTables.Hex(local.Address)}:{local.Port:X4} {NetworkTables.Hex(remote.Address)}:{remote.Port:X4} {state:X2} ");
        text.Append("00000000:00000000 00:00000000 00000000     0        0 0\n");
    }
}
