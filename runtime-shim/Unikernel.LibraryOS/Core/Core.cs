using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS;

/// <summary>
/// The core's C functions (runtime-shim/core/include/unikernel.h), the only way from the library OS to the machine.
/// Host tests compile the library OS with their own version of this class, so nothing else may declare a P/Invoke.
/// </summary>
/// <remarks>
/// Functions that neither block nor take long suppress the GC transition: they cost a call. Those that may block do not, because
/// a thread inside them must not hold up a garbage collection.
/// </remarks>
internal static unsafe partial class Core
{
    /// <summary>No deadline.</summary>
    public const ulong Forever = ulong.MaxValue;

    /// <summary>The calling thread's <c>errno</c>.</summary>
    public static ref int ErrorNumber => ref *ErrnoLocation();

    /// <summary>Writes to the console; returns when the device has taken all bytes.</summary>
    public static void ConsoleWrite(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
            ConsoleWrite(p, (nuint)bytes.Length);
    }

    /// <summary>Waits until the console has input or the deadline passes (-ETIMEDOUT). Zero: there is no console.</summary>
    public static int ConsoleRead(Span<byte> buffer, ulong deadline)
    {
        fixed (byte* p = buffer)
            return (int)ConsoleRead(p, (nuint)buffer.Length, deadline);
    }

    /// <summary>Fills the buffer from the core's entropy pool.</summary>
    public static void FillEntropy(Span<byte> buffer)
    {
        fixed (byte* p = buffer)
            EntropyFill(p, (nuint)buffer.Length);
    }

    [DllImport("*", EntryPoint = "__errno_location"), SuppressGCTransition]
    private static extern int* ErrnoLocation();

    [DllImport("*", EntryPoint = "uk_console_write")]
    private static extern void ConsoleWrite(byte* bytes, nuint length);

    [DllImport("*", EntryPoint = "uk_console_read_until")]
    private static extern long ConsoleRead(byte* buffer, nuint capacity, ulong deadline);

    [DllImport("*", EntryPoint = "uk_entropy_fill")]
    private static extern void EntropyFill(byte* buffer, nuint length);

    /// <summary>Nanoseconds since boot; never goes back.</summary>
    [DllImport("*", EntryPoint = "uk_clock_monotonic_ns"), SuppressGCTransition]
    public static extern ulong MonotonicNanoseconds();

    /// <summary>Nanoseconds since 1970-01-01T00:00:00Z.</summary>
    [DllImport("*", EntryPoint = "uk_clock_realtime_ns"), SuppressGCTransition]
    public static extern ulong RealtimeNanoseconds();

    /// <summary>Nanoseconds that the CPUs were not idle since boot, summed over CPUs.</summary>
    [DllImport("*", EntryPoint = "uk_cpu_time_ns"), SuppressGCTransition]
    public static extern ulong CpuTimeNanoseconds();

    /// <summary>The environment: a null-terminated vector of <c>NAME=VALUE</c>; never changes after start.</summary>
    [DllImport("*", EntryPoint = "uk_environ"), SuppressGCTransition]
    public static extern byte** Environment();

    /// <summary>The archive of the image's files, or null.</summary>
    public static byte* ImageFiles(out nuint length)
    {
        nuint size = 0;
        byte* files = Files(&size);
        length = size;
        return files;
    }

    /// <summary>Bytes of memory that may be promised to the program.</summary>
    public static ulong MemoryLimit()
    {
        SystemInformation information;
        GetSystemInformation(&information);
        return information.MemoryLimit;
    }

    /// <summary>Bytes of memory that were promised to the program.</summary>
    public static ulong MemoryCommitted()
    {
        SystemInformation information;
        GetSystemInformation(&information);
        return information.MemoryCommitted;
    }

    /// <summary>Threads that have not finished.</summary>
    public static uint Threads()
    {
        SystemInformation information;
        GetSystemInformation(&information);
        return information.Threads;
    }

    /// <summary>mmap(2) as the portability layer has it: memory, not files.</summary>
    [DllImport("*", EntryPoint = "SystemNative_MMap")]
    public static extern nint MapMemory(nint address, ulong length, int protection, int flags, nint descriptor, long offset);

    // struct uk_system_info
    private struct SystemInformation
    {
        public ulong MemoryTotal, MemoryFree, MemoryCommitted, MemoryLimit, TscHertz, AcpiRsdp;
        public uint Cpus, PageSize, Threads;
    }

    [DllImport("*", EntryPoint = "uk_system_info"), SuppressGCTransition]
    private static extern void GetSystemInformation(SystemInformation* result);

    [DllImport("*", EntryPoint = "uk_files"), SuppressGCTransition]
    private static extern byte* Files(nuint* length);

    /// <summary>The program's name: the first argument of a C main, never null.</summary>
    public static byte* ProgramName() => *Arguments();

    [DllImport("*", EntryPoint = "uk_argv"), SuppressGCTransition]
    private static extern byte** Arguments();

    /// <summary>
    /// Says that the program wants to handle a signal (2: Ctrl+C on the console, 15: power button), or no longer does. The core
    /// ends the program on a signal that nobody handles, as Linux does.
    /// </summary>
    [DllImport("*", EntryPoint = "uk_signal_handle"), SuppressGCTransition]
    public static extern void HandleSignal(int signal, int handled);

    /// <summary>Blocks until a handled signal arrives and returns its number.</summary>
    [DllImport("*", EntryPoint = "uk_signal_wait")]
    public static extern int WaitForSignal();

    /// <summary>Ends the program as an unhandled signal does: exit code 128 + signal.</summary>
    [DllImport("*", EntryPoint = "uk_signal_default")]
    public static extern void DefaultSignalAction(int signal);
}
