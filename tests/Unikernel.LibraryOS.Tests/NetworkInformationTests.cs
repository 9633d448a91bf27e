using System.Text;
using Unikernel.NetworkInformation;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>Interfaces and the files of /proc/net, over a stack with nothing but its loopback.</summary>
public sealed unsafe class NetworkInformationTests
{
    [Fact]
    public void The_loopback_is_listed_with_its_addresses()
    {
        int interfaceCount, addressCount;
        InterfaceEntryPoints.InterfaceInfo* interfaces;
        InterfaceEntryPoints.AddressInfo* addresses;
        Assert.Equal(0, InterfaceEntryPoints.GetInterfaces(&interfaceCount, &interfaces, &addressCount, &addresses));
        Assert.Equal((1, 2), (interfaceCount, addressCount));
        Assert.Equal("lo", Encoding.UTF8.GetString(new ReadOnlySpan<byte>(interfaces->Name, 2)));
        Assert.Equal((24, 1), (interfaces->HardwareType, interfaces->OperationalState));
        Assert.Equal([127, 0, 0, 1], new ReadOnlySpan<byte>(addresses[0].Address, 4).ToArray());
        Assert.Equal((8, 128), (addresses[0].PrefixLength, addresses[1].PrefixLength));
        System.Runtime.InteropServices.NativeMemory.Free(interfaces);
    }

    [Fact]
    public void The_sizes_of_the_structures_are_those_of_the_framework()
    {
        Assert.Equal((48, 24, 16), (sizeof(InterfaceEntryPoints.InterfaceInfo), sizeof(InterfaceEntryPoints.AddressInfo), sizeof(InterfaceEntryPoints.LinkAddressInfo)));
    }

    [Fact]
    public void Files_of_proc_are_made_when_opened_and_can_not_be_written()
    {
        TestFiles.EnsureArchive();
        fixed (byte* path = "/proc/net/snmp\0"u8)
        {
            nint descriptor = OpenEntryPoints.Open(path, 0, 0);
            Assert.True(descriptor >= 0);
            byte[] buffer = new byte[4096];
            fixed (byte* p = buffer)
            {
                int count = DescriptorEntryPoints.Read(descriptor, p, buffer.Length);
                string[] lines = Encoding.UTF8.GetString(buffer, 0, count).Split('\n');
                Assert.StartsWith("Ip: Forwarding DefaultTTL InReceives", lines[0], StringComparison.Ordinal);
                for (int i = 0; i + 1 < lines.Length; i += 2)
                    Assert.Equal(lines[i].Split(' ').Length, lines[i + 1].Split(' ').Length);
            }

            DescriptorEntryPoints.Close(descriptor);
            Assert.Equal(-1, OpenEntryPoints.Open(path, 1, 0));
            Assert.Equal(Errno.EROFS, Core.ErrorNumber);
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(10, 2)]
    [InlineData(6, 11)]
    [InlineData(99, 0)]
    public void States_of_tcp(int linux, int portable) => Assert.Equal(portable, InterfaceEntryPoints.MapTcpState(linux));

    [Fact]
    public void A_change_of_addresses_is_told()
    {
        nint descriptor;
        Assert.Equal(0, NetworkChangeEntryPoints.Create(&descriptor));
        NetworkHost host = NetworkHost.Instance;
        lock (host.Lock)
        {
            Net.Iface.NetworkInterface loopback = host.Stack.Interfaces[0];
            Net.Iface.InterfaceAddress added = host.Stack.AddAddress(loopback, new Net.IpCidr(new Net.IpAddress(127, 9, 9, 9), 32), Net.Iface.AddressOrigin.Static, host.Now)!;
            host.Stack.RemoveAddress(loopback, added);
        }

        s_kinds.Clear();
        Assert.Equal(0, NetworkChangeEntryPoints.Read(descriptor, &Note));
        Assert.Equal([0, 1], s_kinds);
        DescriptorEntryPoints.Close(descriptor);
    }

    private static readonly List<int> s_kinds = [];

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static void Note(nint descriptor, int kind) => s_kinds.Add(kind);
}
