using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>What machine and what system this is.</summary>
internal static unsafe class MachineEntryPoints
{
    // Environment.OSVersion and RuntimeInformation.OSDescription. The numbers are those of the Linux whose interface the library
    // OS follows: libraries test for a minimum of it (io_uring, TCP options), never for a maximum.
    private static ReadOnlySpan<byte> Release => "6.1.0"u8;
    private static ReadOnlySpan<byte> Description => "Unikernel 6.1.0"u8;

    private static ReadOnlySpan<byte> DefaultHostName => "unikernel"u8;

    private const int ArchitectureX64 = 1; // System.Runtime.InteropServices.Architecture.X64
    private const int ClockTicks = 1;      // _SC_CLK_TCK, portable numbers of pal_runtimeextensions
    private const int PageSize = 2;        // _SC_PAGESIZE

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetUnixRelease")]
    public static byte* GetUnixRelease() => NativeText.Allocate(Release);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetUnixVersion")]
    public static int GetUnixVersion(byte* version, int* capacity)
    {
        bool fits = NativeText.TryCopy(Description, new Span<byte>(version, *capacity));
        *capacity = Description.Length + 1;
        return fits ? 0 : -1;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetOSArchitecture")]
    public static int GetOSArchitecture() => ArchitectureX64;

    /// <summary>
    /// The environment variable HOSTNAME, which container hosts set and which the kernel command line can (<c>HOSTNAME=web1</c>).
    /// </summary>
    public static ReadOnlySpan<byte> HostName
    {
        get
        {
            fixed (byte* name = "HOSTNAME"u8)
            {
                byte* value = (byte*)EnvironmentEntryPoints.GetEnv(name);
                return value == null ? DefaultHostName : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(value);
            }
        }
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetHostName")]
    public static int GetHostName(byte* name, int length) =>
        NativeText.TryCopy(HostName, new Span<byte>(name, length)) ? 0 : Errno.Return(-Errno.ENAMETOOLONG);

    /// <summary>No NIS domain, for which Linux says <c>(none)</c>.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetDomainName")]
    public static int GetDomainName(byte* name, int length) =>
        NativeText.TryCopy("(none)"u8, new Span<byte>(name, length)) ? 0 : Errno.Return(-Errno.EINVAL);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SysConf")]
    public static long SysConf(int name) => name switch
    {
        ClockTicks => 100,
        PageSize => 4096,
        _ => Errno.Return(-Errno.EINVAL),
    };

    /// <summary>The state between two calls of <see cref="GetCpuUtilization"/> (pal_time.h, ProcessCpuInformation).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CpuInformation
    {
        public ulong CurrentTime;
        public ulong KernelTime;
        public ulong UserTime;
    }

    /// <summary>
    /// Percent of one CPU used since the last call; 0 when nothing can be said yet. There is one address space and no kernel mode,
    /// so all time is user time.
    /// </summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetCpuUtilization")]
    public static double GetCpuUtilization(CpuInformation* previous)
    {
        ulong now = Core.MonotonicNanoseconds();
        ulong used = Core.CpuTimeNanoseconds();
        double result = 0;
        if (previous->CurrentTime != 0 && now > previous->CurrentTime && used >= previous->UserTime)
            result = (used - previous->UserTime) * 100.0 / (now - previous->CurrentTime);
        *previous = new CpuInformation { CurrentTime = now, UserTime = used };
        return result;
    }
}
