using System.Runtime.InteropServices;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>
/// Every socket option of .NET and of Linux's numbers, on every kind of socket: the real libSystem.Native and the library OS must give the
/// same results and values.
/// </summary>
public sealed unsafe partial class OptionOracleTests
{
    private const int Unix = 1, V4 = 2, V6 = 23, Stream = 1, Datagram = 2, Raw = 3, SequencedPacket = 5, Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58, RawProtocol = 255;

    // What Linux has and a packet of ours never does (options of IP), and what depends on the machine: its interfaces, its congestion control.
    private static bool IsMachines(bool raw, int level, int name, int value) =>
        (level, name) is (0, 1) && !raw && value != int.MinValue || (raw ? (level, name) is (41, 17) : (level, name) is (41, 9)) && value == 2 ||
        raw && (level, name) is (6, 13) && value == int.MinValue || (raw ? (level, name) is (1, 18) : (level, name) is (0xFFFF, 0x1004)) && value == -1;

    private static readonly int[] s_portableLevels = [0xFFFF, 0, 41, 6, 17];

    public static TheoryData<int, int, int> Kinds => new()
    {
        { V4, Stream, Tcp }, { V6, Stream, Tcp }, { V4, Datagram, Udp }, { V6, Datagram, Udp }, { Unix, Stream, 0 }, { Unix, Datagram, 0 },
        { Unix, SequencedPacket, 0 },
    };

    // Raw sockets are root's, and in some containers nobody's.
    private static readonly bool s_raw = Make(new Real(), V4, Raw, Icmp)[0] == '0';

    public static TheoryData<int, int, int> KindsAndRaw
    {
        get
        {
            TheoryData<int, int, int> kinds = Kinds;
            if (s_raw)
            {
                kinds.Add(V4, Raw, Icmp);
                kinds.Add(V6, Raw, IcmpV6);
                kinds.Add(V4, Raw, Udp);
                kinds.Add(V4, Raw, RawProtocol);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(KindsAndRaw))]
    public void Options_by_their_names_in_dotnet(int family, int type, int protocol)
    {
        int[] names = [.. Enumerable.Range(0, 65), 128, 256, .. Enumerable.Range(0x1001, 8), 0x3020, 0x7010, -129, -5, 12345];
        Compare(family, type, protocol, raw: false, from level in s_portableLevels from name in names select (level, name));
    }

    [Theory]
    [MemberData(nameof(KindsAndRaw))]
    public void Options_by_the_numbers_of_Linux(int family, int type, int protocol)
    {
        // What the table knows, and what .NET programs have been seen to set.
        (int, int)[] numbers =
        [
            .. from name in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 18, 19, 20, 21, 30, 38, 39] select (1, name),
            .. from name in (int[])[1, 2, 3, 8, 10, 11, 12, 32, 33, 34] select (0, name),
            .. from name in (int[])[16, 17, 18, 19, 25, 26, 49, 67] select (41, name),
            .. from name in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 18, 23, 25] select (6, name),
        ];
        Compare(family, type, protocol, raw: true, numbers);
    }

    [Fact]
    public void Sockets_are_made_or_refused_as_on_Linux()
    {
        List<string> differences = [];
        foreach (int family in (int[])[Unix, V4, 3, V6, 99])
        {
            foreach (int type in (int[])[-1, 0, Stream, Datagram, Raw, 4, SequencedPacket, 6])
            {
                foreach (int protocol in (int[])[-1, 0, Icmp, 2, 4, Tcp, Udp, 41, 43, 44, 50, IcmpV6, 59, 60, 132, 253, RawProtocol, 256, 1000])
                {
                    // Who may have a raw socket or ping is the administrator's affair there.
                    if (type == Raw && !s_raw || type == Datagram && protocol is Icmp or IcmpV6)
                        continue;
                    string expected = Make(new Real(), family, type, protocol), actual = Make(new Ours(), family, type, protocol);
                    if (expected != actual)
                        differences.Add($"family {family} type {type} protocol {protocol}: Linux {expected}, ours {actual}");
                }
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    private static string Make(ICalls calls, int family, int type, int protocol)
    {
        nint descriptor;
        int error = calls.Create(family, type, protocol, &descriptor);
        if (error != 0)
            return $"error {error:x}";
        string kind = calls.Kind(descriptor);
        calls.Close(descriptor);
        return kind;
    }

    private static void Compare(int family, int type, int protocol, bool raw, IEnumerable<(int Level, int Name)> options)
    {
        List<string> differences = [];
        foreach ((int level, int name) in options)
        {
            foreach (int value in (int[])[int.MinValue, 0, 1, 2, 5, 300, -1])
            {
                if (IsMachines(raw, level, name, value))
                    continue;
                string expected = Try(new Real(), family, type, protocol, raw, level, name, value), actual = Try(new Ours(), family, type, protocol, raw, level, name, value);
                if (expected != actual)
                    differences.Add($"{level}/{name} {(value == int.MinValue ? "get" : $"set {value}")}: Linux {expected}, ours {actual}");
            }
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    // A fresh socket: the option is read, or set and read.
    private static string Try(ICalls calls, int family, int type, int protocol, bool raw, int level, int name, int value)
    {
        nint descriptor;
        Assert.Equal(0, calls.Create(family, type, protocol, &descriptor));
        try
        {
            string result = "";
            if (value != int.MinValue)
            {
                int error = calls.Set(raw, descriptor, level, name, (byte*)&value, sizeof(int));
                if (error != 0)
                    return $"error {error:x}";
                result = "set ";
            }

            byte* buffer = stackalloc byte[64];
            new Span<byte>(buffer, 64).Clear();
            int length = raw ? 16 : 4;
            int status = calls.Get(raw, descriptor, level, name, buffer, &length);
            if (status != 0)
                return result + $"error {status:x}";
            // The sizes of buffers and segments are each system's own.
            bool own = raw ? (level, name) is (1, 7 or 8) or (6, 2) : (level, name) is (0xFFFF, 0x1001 or 0x1002);
            return own ? result + length : result + Convert.ToHexString(new ReadOnlySpan<byte>(buffer, length));
        }
        finally
        {
            calls.Close(descriptor);
        }
    }

    private interface ICalls
    {
        int Create(int family, int type, int protocol, nint* descriptor);
        int Set(bool raw, nint descriptor, int level, int name, byte* value, int length);
        int Get(bool raw, nint descriptor, int level, int name, byte* value, int* length);
        string Kind(nint descriptor);
        void Close(nint descriptor);
    }

    private sealed class Ours : ICalls
    {
        public int Create(int family, int type, int protocol, nint* descriptor) => SocketCreation.Create(family, type, protocol, descriptor);

        public int Set(bool raw, nint descriptor, int level, int name, byte* value, int length) =>
            raw ? OptionEntryPoints.SetRaw(descriptor, level, name, value, length) : OptionEntryPoints.Set(descriptor, level, name, value, length);

        public int Get(bool raw, nint descriptor, int level, int name, byte* value, int* length) =>
            raw ? OptionEntryPoints.GetRaw(descriptor, level, name, value, length) : OptionEntryPoints.Get(descriptor, level, name, value, length);

        public string Kind(nint descriptor)
        {
            int family, type, protocol, listening;
            int error = SocketCreation.GetSocketType(descriptor, &family, &type, &protocol, &listening);
            return $"{error} {family} {type} {protocol} {listening}";
        }

        public void Close(nint descriptor) => DescriptorTable.Close(descriptor);
    }

    private sealed partial class Real : ICalls
    {
        public int Create(int family, int type, int protocol, nint* descriptor) => NativeSocket(family, type, protocol, descriptor);

        public int Set(bool raw, nint descriptor, int level, int name, byte* value, int length) =>
            raw ? NativeSetRaw(descriptor, level, name, value, length) : NativeSet(descriptor, level, name, value, length);

        public int Get(bool raw, nint descriptor, int level, int name, byte* value, int* length) =>
            raw ? NativeGetRaw(descriptor, level, name, value, length) : NativeGet(descriptor, level, name, value, length);

        public string Kind(nint descriptor)
        {
            int family, type, protocol, listening;
            int error = NativeKind(descriptor, &family, &type, &protocol, &listening);
            return $"{error} {family} {type} {protocol} {listening}";
        }

        public void Close(nint descriptor) => NativeClose(descriptor);

        private const string Library = "libSystem.Native";
        [DllImport(Library, EntryPoint = "SystemNative_Socket")] private static extern int NativeSocket(int family, int type, int protocol, nint* fd);
        [DllImport(Library, EntryPoint = "SystemNative_SetSockOpt")] private static extern int NativeSet(nint fd, int level, int name, byte* value, int length);
        [DllImport(Library, EntryPoint = "SystemNative_GetSockOpt")] private static extern int NativeGet(nint fd, int level, int name, byte* value, int* length);
        [DllImport(Library, EntryPoint = "SystemNative_SetRawSockOpt")] private static extern int NativeSetRaw(nint fd, int level, int name, byte* value, int length);
        [DllImport(Library, EntryPoint = "SystemNative_GetRawSockOpt")] private static extern int NativeGetRaw(nint fd, int level, int name, byte* value, int* length);
        [DllImport(Library, EntryPoint = "SystemNative_GetSocketType")] private static extern int NativeKind(nint fd, int* family, int* type, int* protocol, int* listening);
        [DllImport(Library, EntryPoint = "SystemNative_Close")] private static extern int NativeClose(nint fd);
    }
}
