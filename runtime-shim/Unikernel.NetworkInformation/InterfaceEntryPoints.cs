using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.LibraryOS;
using Unikernel.Net;
using Unikernel.Net.Iface;

namespace Unikernel.NetworkInformation;

/// <summary>NetworkInterface.GetAllNetworkInterfaces: interfaces and their addresses (pal_interfaceaddresses.h).</summary>
internal static unsafe class InterfaceEntryPoints
{
    // System.Net.NetworkInformation.NetworkInterfaceType and OperationalStatus
    private const ushort TypeEthernet = 6, TypeLoopback = 24;
    private const byte StatusUp = 1, StatusDown = 2;

    private const int NameSize = 16, HardwareAddressLength = 6;
    private const long UnknownSpeed = -1; // a virtio device has none, and Linux says so of its, too

    /// <summary>struct NetworkInterfaceInfo</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct InterfaceInfo
    {
        public fixed byte Name[NameSize];
        public long Speed;
        public int Index;
        public int Mtu;
        public ushort HardwareType;
        public byte OperationalState;
        public byte AddressLength;
        public fixed byte Address[8];
        public byte SupportsMulticast;
        public fixed byte Padding[3];
    }

    /// <summary>struct IpAddressInfo</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AddressInfo
    {
        public int InterfaceIndex;
        public fixed byte Address[16];
        public byte AddressLength;
        public byte PrefixLength;
        public fixed byte Padding[2];
    }

    /// <summary>struct LinkLayerAddressInfo</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LinkAddressInfo
    {
        public int InterfaceIndex;
        public fixed byte Address[8];
        public byte AddressLength;
        public byte Padding;
        public ushort HardwareType;
    }

    /// <summary>One piece of memory: the interfaces, then their addresses; the caller frees it.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetNetworkInterfaces")]
    public static int GetInterfaces(int* interfaceCount, InterfaceInfo** interfaces, int* addressCount, AddressInfo** addresses)
    {
        NetworkHost host = NetworkHost.Instance;
        host.WaitForConfiguration();
        lock (host.Lock)
        {
            IReadOnlyList<NetworkInterface> list = host.Stack.Interfaces;
            int total = list.Sum(i => i.Addresses.Count(a => a.IsUsable));
            byte* memory = (byte*)NativeMemory.AllocZeroed((nuint)(list.Count * sizeof(InterfaceInfo) + total * sizeof(AddressInfo)));
            *interfaces = (InterfaceInfo*)memory;
            *addresses = (AddressInfo*)(memory + list.Count * sizeof(InterfaceInfo));
            (*interfaceCount, *addressCount) = (list.Count, total);
            InterfaceInfo* info = *interfaces;
            AddressInfo* address = *addresses;
            foreach (NetworkInterface networkInterface in list)
            {
                Fill(info++, networkInterface);
                foreach (InterfaceAddress entry in networkInterface.Addresses)
                {
                    if (entry.IsUsable)
                        Fill(address++, networkInterface.Index, entry.Cidr);
                }
            }
        }

        return 0;
    }

    /// <summary>The same by callbacks; those that are null are not wanted.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_EnumerateInterfaceAddresses")]
    public static int Enumerate(
        void* context,
        delegate* unmanaged<void*, byte*, AddressInfo*, void> onV4,
        delegate* unmanaged<void*, byte*, AddressInfo*, uint*, void> onV6,
        delegate* unmanaged<void*, byte*, LinkAddressInfo*, void> onLink)
    {
        int interfaceCount, addressCount;
        InterfaceInfo* interfaces;
        AddressInfo* addresses;
        _ = GetInterfaces(&interfaceCount, &interfaces, &addressCount, &addresses);
        for (InterfaceInfo* info = interfaces; info < interfaces + interfaceCount; info++)
        {
            if (onLink != null)
            {
                var link = new LinkAddressInfo { InterfaceIndex = info->Index, AddressLength = info->AddressLength, HardwareType = info->HardwareType };
                Unsafe.CopyBlockUnaligned(link.Address, info->Address, 8);
                onLink(context, info->Name, &link);
            }

            for (AddressInfo* address = addresses; address < addresses + addressCount; address++)
            {
                if (address->InterfaceIndex != info->Index)
                    continue;
                bool linkLocal = address->AddressLength == 16 && address->Address[0] == 0xFE && (address->Address[1] & 0xC0) == 0x80;
                uint scope = linkLocal ? (uint)info->Index : 0;
                if (address->AddressLength == 4 && onV4 != null)
                    onV4(context, info->Name, address);
                else if (address->AddressLength == 16 && onV6 != null)
                    onV6(context, info->Name, address, &scope);
            }
        }

        NativeMemory.Free(interfaces);
        return 0;
    }

    /// <summary>From Linux's numbers of TCP's states (include/net/tcp_states.h) to System.Net.NetworkInformation.TcpState.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_MapTcpState")]
    public static int MapTcpState(int state)
    {
        ReadOnlySpan<byte> states = [0, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9];
        return (uint)state < (uint)states.Length ? states[state] : 0;
    }

    private static void Fill(InterfaceInfo* info, NetworkInterface networkInterface)
    {
        Encoding.UTF8.GetBytes(networkInterface.Name, new Span<byte>(info->Name, NameSize - 1));
        info->Speed = UnknownSpeed;
        info->Index = networkInterface.Index;
        info->Mtu = networkInterface.Mtu;
        info->HardwareType = networkInterface.IsLoopback ? TypeLoopback : TypeEthernet;
        info->OperationalState = networkInterface.IsUp ? StatusUp : StatusDown;
        info->AddressLength = HardwareAddressLength;
        networkInterface.HardwareAddress.CopyTo(new Span<byte>(info->Address, HardwareAddressLength));
        info->SupportsMulticast = networkInterface.IsLoopback ? (byte)0 : (byte)1;
    }

    private static void Fill(AddressInfo* info, int index, IpCidr cidr)
    {
        info->InterfaceIndex = index;
        info->AddressLength = cidr.Address.IsV4 ? (byte)4 : (byte)16;
        info->PrefixLength = (byte)cidr.PrefixLength;
        cidr.Address.CopyTo(new Span<byte>(info->Address, info->AddressLength));
    }
}
