using Unikernel.Net;
using Unikernel.Net.Iface;
using Unikernel.Virtio.Tests.Support;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests;

public class GuestNetworkTests
{
    private static MockMachine Machine(int nics, params string[] ip)
    {
        var machine = new MockMachine();
        for (int i = 0; i < nics; i++)
        {
            var device = new MockDevice(VirtioDeviceKind.Network) { Features = MockNic.Mac | VirtioFeature.Version1 };
            new byte[] { 0x52, 0x54, 0, 0, 0, (byte)(i + 1) }.CopyTo(device.Config, 0);
            machine.Map((ulong)(0x1000 * (i + 1)), device);
            machine.Options.Add(("virtio_mmio.device", $"512@0x{0x1000 * (i + 1):x}:{5 + i}"));
        }

        machine.Options.AddRange(ip.Select(text => ("ip", text)));
        return machine;
    }

    [Fact]
    public void Without_a_device_there_is_the_loopback_and_one_clear_line()
    {
        MockMachine machine = Machine(0);
        var network = new GuestNetwork(machine, machine.Lines.Add);
        string line = Assert.Single(machine.Lines);
        Assert.Contains("no network device", line, StringComparison.Ordinal);
        Assert.Contains("virtio-net", line, StringComparison.Ordinal);
        Assert.Equal("lo", Assert.Single(network.Stack.Interfaces).Name);
        network.Poll(false);
    }

    [Fact]
    public void Two_devices_with_one_address_each_from_the_command_line()
    {
        MockMachine machine = Machine(2, "10.0.0.2::10.0.0.1:255.255.255.0::eth0:off", "10.1.0.2/16:::::eth1:off");
        var network = new GuestNetwork(machine, machine.Lines.Add);
        network.Poll(false);
        Assert.Equal(["lo", "eth0", "eth1"], network.Stack.Interfaces.Select(i => i.Name));
        Assert.Equal("10.0.0.2/24", network.Stack.Interfaces[1].Addresses.First(a => a.Address.IsV4).Cidr.ToString());
        Assert.Equal("10.1.0.2/16", network.Stack.Interfaces[2].Addresses.First(a => a.Address.IsV4).Cidr.ToString());
        Assert.Single(network.Stack.Routes.Routes, route => route.Gateway is not null);
    }

    [Fact]
    public void By_default_each_device_asks_a_DHCP_server_and_the_program_goes_on()
    {
        MockMachine machine = Machine(1);
        var network = new GuestNetwork(machine, machine.Lines.Add);
        for (int i = 0; i < 20; i++)
        {
            network.Poll(true);
            machine.Now += TimeSpan.FromSeconds(1);
        }

        Assert.Contains(machine.Lines, line => line.Contains("no DHCP server", StringComparison.Ordinal));
    }

    [Fact]
    public void Off_means_no_configuration_at_all()
    {
        MockMachine machine = Machine(1, "off");
        var network = new GuestNetwork(machine, machine.Lines.Add);
        network.Poll(false);
        Assert.Empty(network.Stack.Interfaces[1].Addresses);
        Assert.Empty(machine.Lines);
    }

    [Theory]
    [InlineData("10.0.0.300")]
    [InlineData("nonsense")]
    public void A_malformed_argument_is_told_and_DHCP_is_used(string text)
    {
        MockMachine machine = Machine(1, text);
        var network = new GuestNetwork(machine, machine.Lines.Add);
        network.Poll(false);
        Assert.Contains("ip=" + text, Assert.Single(machine.Lines), StringComparison.Ordinal);
        Assert.Single(network.Stack.Interfaces[1].Addresses, a => a.Origin == AddressOrigin.LinkLocal);
    }

    [Fact]
    public void An_argument_for_a_device_that_is_not_there_is_told()
    {
        MockMachine machine = Machine(1, "10.0.0.2:::::eth7:off");
        _ = new GuestNetwork(machine, machine.Lines.Add);
        Assert.Contains(machine.Lines, line => line.Contains("eth7", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broken_device_is_told_and_the_other_works()
    {
        MockMachine machine = Machine(2, "10.0.0.2/24");
        ((MockDevice)machine.MapRegisters(0x1000, 0)!).QueueMaximum = 0;
        var network = new GuestNetwork(machine, machine.Lines.Add);
        Assert.Contains(machine.Lines, line => line.Contains("MMIO 0x1000", StringComparison.Ordinal));
        Assert.Equal("MMIO 0x2000", Assert.Single(network.Devices).Location);
    }

    // As where barriers are not obeyed (SplitQueue.WantsNotification): a frame arrives after its queue was armed, and the device did not see the arming.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frame_that_comes_while_interrupts_are_armed_is_not_overlooked(bool comes)
    {
        MockMachine machine = Machine(2, "10.0.0.2/24", "10.1.0.2/16:::::eth1:off");
        MockDevice first = (MockDevice)machine.MapRegisters(0x1000, 0)!, second = (MockDevice)machine.MapRegisters(0x2000, 0)!;
        var network = new GuestNetwork(machine, machine.Lines.Add);
        for (int i = 0; i < 20; i++)
        {
            network.Poll(true);
            machine.Now += TimeSpan.FromSeconds(1);
        }

        // The second card has something to send, and is told only when interrupts are armed, after the first card's.
        PacketBuffer packet = network.Stack.Pool.Rent()!;
        packet.Append(60).Clear();
        second.Queues[1].SetNoNotify(true);
        Assert.True(network.Devices[1].TryTransmit(packet));
        network.Devices[1].Flush();
        second.Queues[1].SetNoNotify(false);
        long before = network.Devices[0].Counters.Received;
        int told = 0;
        second.OnNotify = queue =>
        {
            told++;
            if (!comes || queue != 1) return;
            var (head, segments) = first.Queues[0].Take();
            MockQueue.Write(segments[0], new byte[12 + 60]);
            first.Queues[0].Push((uint)head, 12 + 60);
        };
        Instant next = network.Poll(false);
        Assert.Equal(1, told);
        Assert.Equal(comes, next == Instant.Zero);
        network.Poll(false);
        Assert.Equal(before + (comes ? 1 : 0), network.Devices[0].Counters.Received);
    }
}
