using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Net.Phy;

namespace Unikernel.Net.Tests.Linux;

/// <summary>
/// A tap interface of a network namespace of its own, as a device of our stack: at the other end is Linux's stack. Frames are lost by a
/// seeded chance in both directions, because not every kernel has netem. Must be made and kept on one thread: that thread is in the namespace.
/// </summary>
internal sealed unsafe partial class TapDevice : INetDevice, IDisposable
{
    private const int NewNetwork = 0x4000_0000;                      // CLONE_NEWNET
    private const int ReadWriteNonBlocking = 2 | 0x800;              // O_RDWR | O_NONBLOCK
    private const nuint SetInterface = 0x4004_54ca;                  // TUNSETIFF
    private const short TapWithoutInfo = 0x0002 | 0x1000;            // IFF_TAP | IFF_NO_PI
    private const short PollIn = 1;

    private readonly int _file;
    private readonly PacketPool _pool;
    private readonly Random _random;
    private readonly double _loss;
    private readonly byte[] _frame = new byte[65536];

    private TapDevice(int file, PacketPool pool, double loss, int seed, int mtu)
    {
        _file = file;
        _pool = pool;
        _loss = loss;
        _random = new Random(seed);
        Capabilities = new DeviceCapabilities(Medium.Ethernet, mtu) { ScatterGather = true };
    }

    public string Name => "eth0";
    public DeviceCapabilities Capabilities { get; }
    public MacAddress HardwareAddress { get; } = new(0x0200_0000_0077);
    public bool IsLinkUp => true;
    public int LinkGeneration => 0;
    public bool CanTransmit => true;
    public long Lost { get; private set; }

    /// <summary>Moves the calling thread into a new namespace with a tap at 10.77.0.1/24. Null: why that can not be done here.</summary>
    public static TapDevice? TryCreate(PacketPool pool, double loss, int seed, int mtu, out string problem)
    {
        problem = "";
        if (Unshare(NewNetwork) != 0)
        {
            problem = $"no network namespace can be made (unshare: errno {Marshal.GetLastPInvokeError()}); it takes root";
            return null;
        }

        int file = Open("/dev/net/tun", ReadWriteNonBlocking);
        if (file < 0)
        {
            problem = $"/dev/net/tun can not be opened (errno {Marshal.GetLastPInvokeError()})";
            return null;
        }

        byte* request = stackalloc byte[40]; // struct ifreq: the name, then the flags
        new Span<byte>(request, 40).Clear();
        Encoding.ASCII.GetBytes("tap0", new Span<byte>(request, 16));
        *(short*)(request + 16) = TapWithoutInfo;
        if (IoControl(file, SetInterface, request) != 0)
        {
            problem = $"no tap interface can be made (TUNSETIFF: errno {Marshal.GetLastPInvokeError()})";
            return null;
        }

        // A child is in the namespace of the thread that starts it.
        string commands = $"ip addr add 10.77.0.1/24 dev tap0 && ip link set tap0 mtu {mtu} up && ip link set lo up && echo 3 > /proc/sys/net/ipv4/tcp_fastopen";
        using System.Diagnostics.Process shell = System.Diagnostics.Process.Start("/bin/sh", ["-c", commands]);
        shell.WaitForExit();
        if (shell.ExitCode == 0) return new TapDevice(file, pool, loss, seed, mtu);
        problem = "the ip command failed";
        return null;
    }

    public PacketBuffer? TryReceive()
    {
        while (true)
        {
            nint length;
            fixed (byte* p = _frame) length = Read(_file, p, (nuint)_frame.Length);
            if (length <= 0) return null;
            if (_random.NextDouble() < _loss)
            {
                Lost++;
                continue;
            }

            PacketBuffer packet = _pool.RentChain((int)length) ?? throw new InvalidOperationException("the pool is empty");
            ReadOnlySpan<byte> rest = _frame.AsSpan(0, (int)length);
            for (PacketBuffer? part = packet; part is not null && !rest.IsEmpty; part = part.Next)
            {
                int count = Math.Min(part.Tailroom, rest.Length);
                part.Append(rest[..count]);
                rest = rest[count..];
            }

            return packet;
        }
    }

    public bool TryTransmit(PacketBuffer packet)
    {
        int length = packet.TotalLength;
        byte[] frame = new byte[length];
        packet.CopyTo(0, frame);
        packet.Release();
        if (_random.NextDouble() < _loss)
        {
            Lost++;
            return true;
        }

        fixed (byte* p = frame) _ = Write(_file, p, (nuint)length); // a full queue of the kernel loses it: a loss more
        return true;
    }

    public void Flush() { }

    public bool TryArmInterrupt() => false;

    /// <summary>Sleeps until a frame comes, at most so many milliseconds.</summary>
    public void WaitForFrame(int milliseconds)
    {
        var poll = new PollFile { File = _file, Events = PollIn };
        _ = Poll(&poll, 1, milliseconds);
    }

    public void Dispose() => _ = Close(_file);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollFile
    {
        public int File;
        public short Events, Returned;
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)] private static partial int Unshare(int flags);
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] private static partial int Open(string path, int flags);
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)] private static partial int IoControl(int file, nuint request, void* argument);
    [LibraryImport("libc", EntryPoint = "read")] private static partial nint Read(int file, byte* buffer, nuint count);
    [LibraryImport("libc", EntryPoint = "write")] private static partial nint Write(int file, byte* buffer, nuint count);
    [LibraryImport("libc", EntryPoint = "poll")] private static partial int Poll(PollFile* files, nuint count, int milliseconds);
    [LibraryImport("libc", EntryPoint = "close")] private static partial int Close(int file);
}
