using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Net.Phy;
using Unikernel.Net.Sockets.Udp;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio;

/// <summary>
/// The network of a machine: its stack, loopback and network devices, configured by <c>ip=</c> of the command line or by DHCP, and
/// by router advertisements. Made at the first use of a socket; a program that opens none has nothing of it.
/// <para>Somebody must call <see cref="Poll"/>: a thread that sleeps in <see cref="Event"/>, or a thread that would wait anyway.</para>
/// </summary>
public sealed class GuestNetwork
{
    private const int EntropyLength = 32; // what the pool's key holds
    private static readonly TimeSpan s_entropyTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollingInterval = TimeSpan.FromMilliseconds(1);

    private readonly IMachine _machine;
    private readonly List<VirtioNet> _devices = [];

    /// <summary>Finds the devices and configures them. Faulty devices are told to <paramref name="log"/> and left out.</summary>
    /// <param name="machine">The guest's machine, or a mock.</param>
    /// <param name="log">Takes lines for the user.</param>
    /// <param name="hostName">Told to DHCP servers.</param>
    /// <param name="memoryLimit">Bytes of packet buffers at most.</param>
    /// <param name="tap">Wraps each device, to see its frames.</param>
    public GuestNetwork(IMachine machine, Action<string> log, string? hostName = null, int memoryLimit = 8 << 20, Func<INetDevice, INetDevice>? tap = null)
    {
        _machine = machine;
        Event = machine.CreateEvent();
        List<VirtioTransport> transports = VirtioBus.Discover(machine, log);
        // Before anything of the network takes a secret: sequence numbers, ports, identifiers of queries.
        foreach (VirtioTransport transport in transports)
        {
            if (transport.Kind == VirtioDeviceKind.Entropy) AddEntropy(machine, transport, log);
        }

        Stack = new NetworkStack(new PacketPool(machine, memoryLimit / PacketPool.DefaultBufferSize), machine.Entropy, log);
        Udp = new UdpTransport(Stack);
        Instant now = machine.Now;
        Stack.AddLoopback();
        List<IpArgument> arguments = ReadArguments(log, out bool off);
        foreach (VirtioTransport transport in transports)
        {
            if (transport.Kind != VirtioDeviceKind.Network) continue;
            string name = $"eth{_devices.Count}";
            try
            {
                var device = new VirtioNet(transport, name, Stack.Pool, QueueSize(memoryLimit), log);
                _devices.Add(device);
                device.Start(Event);
                Configure(Stack.AddInterface(tap?.Invoke(device) ?? device), arguments, off, hostName, now);
            }
            catch (DeviceException exception)
            {
                log(exception.Message);
            }
        }

        if (_devices.Count == 0)
            log("no network device: only the loopback works. Give the machine a virtio network device (QEMU: -netdev user,id=n -device virtio-net-pci,netdev=n)");
        foreach (IpArgument argument in arguments)
        {
            if (argument.Device is { } wanted && !HasInterface(wanted)) log($"ip=...:{wanted}: there is no such interface");
        }
    }

    public NetworkStack Stack { get; }
    public UdpTransport Udp { get; }
    public IReadOnlyList<VirtioNet> Devices => _devices;

    /// <summary>An interface gets its address from a DHCP server.</summary>
    public bool AsksForAddress { get; private set; }

    /// <summary>Signalled by the devices' interrupts; signal it to wake whoever polls.</summary>
    public IDeviceEvent Event { get; }

    // A quarter of the packet memory for all receive queues together would still leave most of it for sockets.
    private static int QueueSize(int memoryLimit) => memoryLimit >= 4 << 20 ? 256 : 64;

    /// <summary>
    /// One turn under the lock: interrupts, packets, timers. Returns when the next turn is due at the latest;
    /// <see cref="Instant.Zero"/>: at once. Until then, wait for <see cref="Event"/>.
    /// </summary>
    /// <param name="signalled">The event was signalled since the last turn.</param>
    public Instant Poll(bool signalled)
    {
        lock (Stack.Lock)
        {
            Instant now = _machine.Now;
            if (signalled)
            {
                foreach (VirtioNet device in _devices) device.InterruptArrived();
            }

            foreach (VirtioNet device in _devices)
            {
                if (device.LinkCheckAt <= now) device.CheckLink();
            }

            if (Stack.Poll(now)) return Instant.Zero;
            Instant next = Stack.NextDeadline;
            foreach (VirtioNet device in _devices)
            {
                if (!device.TryArmInterrupt()) return Instant.Zero;
                next = Instant.Min(next, device.LinkCheckAt);
                if (device.MustBePolled || device.HasBacklog) next = Instant.Min(next, now + PollingInterval);
            }

            // After all that, so that what came while interrupts were being armed is not overlooked where barriers are not obeyed.
            foreach (VirtioNet device in _devices)
            {
                if (device.HasReceived && !device.MustBePolled) return Instant.Zero;
            }

            return next;
        }
    }

    // The processor's generator has seeded the pool already: a device that fails or says nothing costs a line on the log and no more.
    private static void AddEntropy(IMachine machine, VirtioTransport transport, Action<string> log)
    {
        Span<byte> bytes = stackalloc byte[EntropyLength];
        try
        {
            int count = new VirtioEntropy(transport).Read(bytes, machine.Now + s_entropyTime);
            machine.AddEntropy(bytes[..count]);
            if (count < bytes.Length) log($"virtio-rng at {transport.Location}: {count} of {bytes.Length} bytes in {(int)s_entropyTime.TotalSeconds} s");
        }
        catch (DeviceException exception)
        {
            log(exception.Message);
        }

        bytes.Clear();
    }

    private List<IpArgument> ReadArguments(Action<string> log, out bool off)
    {
        var arguments = new List<IpArgument>();
        off = false;
        for (int i = 0; _machine.GetOption("ip", i) is { } text; i++)
        {
            if (!IpArgument.TryParse(text, out IpArgument argument, out string error))
                log($"{error}; ignored. The form is ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:METHOD:DNS1:DNS2");
            else if (argument is { Dhcp: false, Address: null })
                off = true;
            else
                arguments.Add(argument);
        }

        return arguments;
    }

    private void Configure(NetworkInterface networkInterface, List<IpArgument> arguments, bool off, string? hostName, Instant now)
    {
        if (off) return;
        bool dhcp = true, first = _devices.Count == 1;
        foreach (IpArgument argument in arguments)
        {
            if (argument.Device is { } name ? name != networkInterface.Name : !first) continue;
            hostName = argument.HostName ?? hostName;
            networkInterface.DnsServers.AddRange(argument.DnsServers);
            if (argument.Address is not { } address) continue;
            dhcp &= address.Address.IsV6;
            Stack.AddAddress(networkInterface, address, AddressOrigin.Static, now);
            if (argument.Gateway is { } gateway)
                Stack.AddRoute(new RouteEntry(new IpCidr(gateway.IsV4 ? IpAddress.Any4 : IpAddress.Any6, 0), gateway, networkInterface.Index, AddressOrigin.Static));
            Stack.Log($"{networkInterface.Name}: {address}{(argument.Gateway is { } via ? $", gateway {via}" : "")} from the command line");
        }

        if (dhcp)
        {
            _ = new DhcpClient(Stack, networkInterface, hostName, now);
            AsksForAddress = true;
        }

        _ = new Autoconfiguration(Stack, networkInterface, now);
    }

    private bool HasInterface(string name)
    {
        foreach (NetworkInterface networkInterface in Stack.Interfaces)
        {
            if (networkInterface.Name == name) return true;
        }

        return false;
    }
}
