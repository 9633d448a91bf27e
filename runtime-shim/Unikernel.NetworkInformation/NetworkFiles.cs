using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.FileSystem;
using Unikernel.LibraryOS;
using Unikernel.Net.Iface;

namespace Unikernel.NetworkInformation;

/// <summary>
/// The files of Linux that System.Net.NetworkInformation reads: /proc/net, /proc/sys/net, /sys/class/net and /etc/resolv.conf. They are in
/// the tree of a program that reaches this assembly, and made from the stack's tables when they are opened.
/// </summary>
internal static class NetworkFiles
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The linker brings this assembly in exactly when the files are wanted.")]
    internal static void Register() => ProgramFiles.Extension += Mount;

    /// <summary>Keeps this assembly with what reads its files without any other call; the constructor itself has nothing to do.</summary>
    [Replaces("System.Net.NetworkInformation", "System.Net.NetworkInformation.LinuxIPGlobalProperties", ".ctor", Fingerprint = "102dd1961f06d393",
        Why = "it reads files of /proc/net, which are there when this method is reached")]
    public static void InitializeGlobalProperties(object self) { }

    private static void Mount(FileTree tree, Volume volume, DateTime now)
    {
        DirectoryNode root = tree.Root;
        DirectoryNode proc = Directory(root, "proc"), net = Directory(proc, "net");
        File(net, "dev", NetworkTables.Devices);
        File(net, "route", NetworkTables.RoutesV4);
        File(net, "ipv6_route", NetworkTables.RoutesV6);
        File(net, "arp", NetworkTables.Neighbors);
        File(net, "snmp", StatisticsTables.Version4);
        File(net, "snmp6", StatisticsTables.Version6);
        File(net, "sockstat", StatisticsTables.SocketsV4);
        File(net, "sockstat6", StatisticsTables.SocketsV6);
        File(net, "tcp", text => ConnectionTables.Tcp(text, v4: true));
        File(net, "tcp6", text => ConnectionTables.Tcp(text, v4: false));
        File(net, "udp", text => ConnectionTables.Udp(text, v4: true));
        File(net, "udp6", text => ConnectionTables.Udp(text, v4: false));
        File(Directory(root, "etc"), "resolv.conf", NetworkTables.Resolver);

        DirectoryNode settings = Directory(Directory(proc, "sys"), "net");
        DirectoryNode v4 = Directory(settings, "ipv4"), v6 = Directory(settings, "ipv6");
        File(v4, "ip_forward", Zero);
        DirectoryNode conf4 = Directory(v4, "conf"), conf6 = Directory(v6, "conf");
        DirectoryNode devices = Directory(Directory(Directory(root, "sys"), "class"), "net");
        foreach (string name in (string[])["all", "default"])
            AddSettings(name, 0);
        foreach (NetworkInterface networkInterface in NetworkHost.Instance.Stack.Interfaces)
        {
            int index = networkInterface.Index;
            AddSettings(networkInterface.Name, index);
            DirectoryNode device = Directory(devices, networkInterface.Name);
            File(device, "mtu", text => text.Append(Find(index).Mtu).Append('\n'));
            File(device, "operstate", text => text.Append(Find(index) switch
            {
                { IsLoopback: true } => "unknown\n",
                { IsUp: true } => "up\n",
                _ => "down\n",
            }));
            File(device, "address", text => text.Append(Find(index).HardwareAddress).Append('\n'));
            File(device, "ifindex", text => text.Append(index).Append('\n'));
            File(device, "tx_queue_len", text => text.Append("1000\n"));
        }

        void AddSettings(string name, int index)
        {
            File(Directory(conf4, name), "forwarding", Zero);
            DirectoryNode folder = Directory(conf6, name);
            File(folder, "forwarding", Zero);
            File(folder, "mtu", text => text.Append(index == 0 ? 1280 : Find(index).Mtu).Append('\n'));
        }

        DirectoryNode Directory(DirectoryNode parent, string name) => FileTree.MountDirectory(parent, name, now, volume);

        void File(DirectoryNode parent, string name, Action<StringBuilder> write) => FileTree.Mount(parent, name, new GeneratedFileNode(() => Generate(write), now, volume));
    }

    private static byte[] Generate(Action<StringBuilder> write)
    {
        NetworkHost host = NetworkHost.Instance;
        host.WaitForConfiguration();
        var text = new StringBuilder();
        lock (host.Lock)
            write(text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static NetworkInterface Find(int index) => NetworkHost.Instance.Stack.FindInterface(index)!;

    // No packet is forwarded from one interface to another.
    private static void Zero(StringBuilder text) => text.Append("0\n");
}
