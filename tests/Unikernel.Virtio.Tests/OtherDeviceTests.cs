using Unikernel.Net;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Tests.Support;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests;

public class OtherDeviceTests
{
    private static (MockMachine, MockDevice, VirtioTransport) Open(VirtioDeviceKind kind)
    {
        var machine = new MockMachine();
        var device = new MockDevice(kind);
        machine.Map(0x1000, device);
        return (machine, device, MmioTransport.TryOpen(machine, 0x1000, 5)!);
    }

    [Fact]
    public void Random_bytes_come_from_the_device_in_as_many_pieces_as_it_likes()
    {
        (MockMachine machine, MockDevice device, VirtioTransport transport) = Open(VirtioDeviceKind.Entropy);
        var entropy = new VirtioEntropy(transport);
        byte next = 0;
        device.OnNotify = _ =>
        {
            var (head, segments) = device.Queues[0].Take();
            MockQueue.Write(segments[0], [next++, next++, next++]);
            device.Queues[0].Push((uint)head, 3);
        };
        byte[] bytes = new byte[8];
        Assert.Equal(8, entropy.Read(bytes, machine.Now + TimeSpan.FromSeconds(1)));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], bytes);
    }

    [Fact]
    public void A_silent_entropy_device_does_not_hang()
    {
        (MockMachine machine, _, VirtioTransport transport) = Open(VirtioDeviceKind.Entropy);
        var entropy = new VirtioEntropy(transport);
        Assert.Equal(0, entropy.Read(new byte[8], machine.Now + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_lying_entropy_device_is_named()
    {
        (MockMachine machine, MockDevice device, VirtioTransport transport) = Open(VirtioDeviceKind.Entropy);
        var entropy = new VirtioEntropy(transport);
        device.OnNotify = _ => device.Queues[0].Push(0, 65);
        var exception = Assert.Throws<DeviceException>(() => entropy.Read(new byte[8], machine.Now + TimeSpan.FromSeconds(1)));
        Assert.Equal(DeviceFault.UsedLengthTooLong, exception.Fault);
    }

    [Fact]
    public void A_console_writes_all_and_reads_what_there_is()
    {
        (MockMachine machine, MockDevice device, VirtioTransport transport) = Open(VirtioDeviceKind.Console);
        var output = new List<byte>();
        var console = new VirtioConsole(transport);
        device.OnNotify = queue =>
        {
            while (queue == 1 && device.Queues[1].Waiting > 0)
            {
                var (head, segments) = device.Queues[1].Take();
                output.AddRange(MockQueue.Read(segments[0]));
                device.Queues[1].Push((uint)head, 0);
            }
        };
        byte[] text = MockNic.Bytes(10_000);
        Assert.True(console.Write(text, machine.Now + TimeSpan.FromSeconds(1)));
        Assert.Equal(text, output.ToArray());
        Assert.Equal(0, console.Read(new byte[10], machine.Now + TimeSpan.FromSeconds(1)));
        for (int i = 0; i < 20; i++)
        {
            var (head, segments) = device.Queues[0].Take();
            MockQueue.Write(segments[0], "hello"u8);
            device.Queues[0].Push((uint)head, 5);
            byte[] input = new byte[3];
            Assert.Equal(3, console.Read(input, machine.Now + TimeSpan.FromSeconds(1)));
            Assert.Equal(2, console.Read(input, machine.Now + TimeSpan.FromSeconds(1)));
            Assert.Equal("lol"u8.ToArray(), input);
        }
    }

    [Theory]
    [InlineData("512@0xfeb00000:5", 0xfeb00000, 5)]
    [InlineData("4K@0xd0000000:17:3", 0xd0000000, 17)]
    [InlineData("0x200@4096:0", 4096, 0)]
    public void Options_of_the_command_line(string option, ulong address, int line)
    {
        Assert.True(VirtioBus.TryParseOption(option, out ulong a, out int l));
        Assert.Equal((address, line), (a, l));
    }

    [Theory]
    [InlineData("")]
    [InlineData("512")]
    [InlineData("512@0xfeb00000")]
    [InlineData("512@:5")]
    [InlineData("@0xfeb00000:5")]
    [InlineData("512@0xzz:5")]
    [InlineData("512@0xfeb00000:-5")]
    [InlineData("512@0xfeb00000:99999")]
    [InlineData("0@0xfeb00000:5")]
    public void Malformed_options_are_told_and_left_out(string option)
    {
        var machine = new MockMachine();
        machine.Options.Add(("virtio_mmio.device", option));
        Assert.Empty(VirtioBus.Discover(machine, machine.Lines.Add));
        Assert.Contains("virtio_mmio.device=" + option, Assert.Single(machine.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(47, 25)] // a second IO-APIC
    [InlineData(15, 6)]
    public void The_slots_of_microvm_are_found_without_a_command_line(int highestLine, int expected)
    {
        var machine = new MockMachine { HighestLine = highestLine };
        machine.Map(0xfeb0_0000, new MockDevice(VirtioDeviceKind.None));
        machine.Map(0xfeb0_0200, new MockDevice(VirtioDeviceKind.Entropy, legacy: true));
        VirtioTransport found = Assert.Single(VirtioBus.Discover(machine, machine.Lines.Add));
        Assert.Equal((VirtioDeviceKind.Entropy, true, "MMIO 0xfeb00200"), (found.Kind, found.IsLegacy, found.Location));
        found.Start(machine.CreateEvent());
        Assert.True(machine.HasLine(expected));
    }

    [Fact]
    public void A_list_of_PCI_capabilities_that_is_a_cycle_ends()
    {
        var machine = new MockMachine();
        void Set(int offset, uint value) => machine.PciConfig[(uint)(3 << 11 | offset)] = value;
        Set(0, 0x1041_1af4);
        Set(4, 0x0010_0000);
        Set(8, 0);
        Set(0x0c, 0);
        Set(0x34, 0x40);
        Set(0x40, 0x0010_4009); // points to itself
        Set(0x44, 0);
        Assert.Empty(VirtioBus.Discover(machine, machine.Lines.Add));
        Assert.Contains("no modern virtio interface", Assert.Single(machine.Lines), StringComparison.Ordinal);
    }
}
