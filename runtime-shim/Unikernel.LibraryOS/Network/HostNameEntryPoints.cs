using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.Net;
using Unikernel.Net.Sockets.Dns;

namespace Unikernel.LibraryOS;

/// <summary>Names of hosts and their addresses.</summary>
internal static unsafe class HostNameEntryPoints
{
    // GetAddrInfoErrorFlags of pal_networking.h
    private const int Success = 0, TryAgain = 1, NoName = 5, OutOfMemory = 8;

    /// <summary>struct IPAddress of pal_networking.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct HostAddress
    {
        public fixed byte Bytes[16];
        public uint IsV6;
        public uint Scope;
    }

    /// <summary>struct HostEntry of pal_networking.h; what it points to is memory of malloc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct HostEntry
    {
        public byte* CanonicalName;
        public byte** Aliases;
        public HostAddress* Addresses;
        public int AddressCount;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetHostEntryForName")]
    public static int Resolve(byte* name, int family, HostEntry* entry)
    {
        *entry = default;
        ResolveResult result = NetworkHost.Instance.Resolver.Resolve(PathText.Read(name), family switch
        {
            SocketAddressBytes.PortableV4 => ResolveFamily.V4,
            SocketAddressBytes.PortableV6 => ResolveFamily.V6,
            _ => ResolveFamily.Any,
        });
        switch (result.Status)
        {
            case ResolveStatus.Success:
                Fill(entry, result);
                return Success;
            case ResolveStatus.TryAgain or ResolveStatus.NoServers:
                return TryAgain;
            default:
                return NoName;
        }
    }

    private static void Fill(HostEntry* entry, ResolveResult result)
    {
        entry->CanonicalName = NativeText.Allocate(Encoding.UTF8.GetBytes(result.CanonicalName));
        entry->AddressCount = result.Addresses.Count;
        entry->Addresses = (HostAddress*)NativeMemory.AllocZeroed((nuint)result.Addresses.Count, (nuint)sizeof(HostAddress));
        for (int i = 0; i < result.Addresses.Count; i++)
        {
            IpAddress address = result.Addresses[i];
            HostAddress* target = entry->Addresses + i;
            target->IsV6 = address.IsV4 ? 0u : 1u;
            address.CopyTo(new Span<byte>(target->Bytes, 16));
        }
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FreeHostEntry")]
    public static void Free(HostEntry* entry)
    {
        NativeMemory.Free(entry->CanonicalName);
        NativeMemory.Free(entry->Addresses);
        *entry = default;
    }

    /// <summary>The name of an address: known for the machine itself and from the hosts entries; others come back as numbers, as without a PTR record.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetNameInfo")]
    public static int GetName(
        byte* address, uint length, byte isV6, byte* host, uint hostLength, byte* service, uint serviceLength, int flags)
    {
        var known = new IpAddress(new ReadOnlySpan<byte>(address, isV6 != 0 ? 16 : 4));
        if (host != null && hostLength > 0)
        {
            string name = NetworkHost.Instance.Hosts.FindName(known) ?? (known.IsLoopback ? "localhost" : known.ToString());
            if (!PathText.TryWrite(name, host, (int)hostLength))
                return OutOfMemory;
        }

        if (service != null && serviceLength > 0)
            *service = 0;
        return Success;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_InterfaceNameToIndex")]
    public static uint InterfaceNameToIndex(byte* name)
    {
        string wanted = PathText.Read(name);
        NetworkHost host = NetworkHost.Instance;
        lock (host.Lock)
        {
            foreach (Net.Iface.NetworkInterface candidate in host.Stack.Interfaces)
            {
                if (candidate.Name == wanted)
                    return (uint)candidate.Index;
            }
        }

        return 0;
    }
}
