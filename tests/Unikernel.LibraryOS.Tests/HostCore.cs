using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS;

/// <summary>The core of the tests: a console in memory, clocks that a test sets, an environment of its own. Not thread-safe to set.</summary>
internal static unsafe partial class Core
{
    [ThreadStatic]
    private static int t_errorNumber;

    public static ref int ErrorNumber => ref t_errorNumber;

    public static MemoryStream Written { get; } = new();

    public static Queue<byte[]> Input { get; } = new();

    public static ulong Monotonic { get; set; } = 1_000_000_000;

    public static ulong Realtime { get; set; } = 1_700_000_000_000_000_000;

    public static ulong CpuTime { get; set; }

    /// <summary>Real time for waits; a test that sets <see cref="Monotonic"/> turns it off.</summary>
    public static bool FrozenClock { get; set; }

    public static List<(int Signal, int Handled)> HandledSignals { get; } = [];

    public static List<int> DefaultActions { get; } = [];

    public static void ConsoleWrite(ReadOnlySpan<byte> bytes)
    {
        lock (Written)
            Written.Write(bytes);
    }

    public const ulong Forever = ulong.MaxValue;

    /// <summary>An empty queue is a quiet line: the end of input when waited for without end, a timeout otherwise.</summary>
    public static int ConsoleRead(Span<byte> buffer, ulong deadline)
    {
        if (!Input.TryDequeue(out byte[]? next))
            return deadline == Forever ? 0 : -Errno.ETIMEDOUT;
        next.CopyTo(buffer);
        return next.Length;
    }

    public static void FillEntropy(Span<byte> buffer) => Random.Shared.NextBytes(buffer);

    public static ulong MonotonicNanoseconds() =>
        FrozenClock ? Monotonic : (ulong)(System.Diagnostics.Stopwatch.GetTimestamp() * (1_000_000_000.0 / System.Diagnostics.Stopwatch.Frequency));

    public static ulong RealtimeNanoseconds() => Realtime;

    public static ulong CpuTimeNanoseconds() => CpuTime;

    public static byte** Environment() => s_environment;

    /// <summary>Set before the first use of a file.</summary>
    public static byte[] Archive { get; set; } = [];

    public static byte* ImageFiles(out nuint length)
    {
        length = (nuint)Archive.Length;
        byte* copy = (byte*)NativeMemory.Alloc(length);
        Archive.CopyTo(new Span<byte>(copy, Archive.Length));
        return Archive.Length == 0 ? null : copy;
    }

    public static ulong MemoryCommitted() => 3 << 20;

    public static ulong MemoryLimit() => 16 << 20;

    public static nint MapMemory(nint address, ulong length, int protection, int flags, nint descriptor, long offset) => (nint)NativeMemory.AllocZeroed((nuint)length);

    public static uint Threads() => 3;

    public static byte* ProgramName() => s_programName;

    public static void HandleSignal(int signal, int handled) => HandledSignals.Add((signal, handled));

    public static int WaitForSignal()
    {
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    public static void DefaultSignalAction(int signal) => DefaultActions.Add(signal);

    private static readonly byte* s_programName = Native("Sample");

    private static readonly byte** s_environment = MakeEnvironment("PATHOLOGY=1", "PATH=/bin", "HOME=/root", "EMPTY=", "HOSTNAME=web1");

    private static byte** MakeEnvironment(params string[] entries)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)(entries.Length + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < entries.Length; i++)
            vector[i] = Native(entries[i]);
        return vector;
    }

    // Never freed: a handful of short strings for the life of the test process.
    private static byte* Native(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);
}
