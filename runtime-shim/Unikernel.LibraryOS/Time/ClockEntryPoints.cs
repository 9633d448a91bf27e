using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The clocks of DateTime, Stopwatch and Environment.TickCount.</summary>
internal static class ClockEntryPoints
{
    private const ulong NanosecondsPerTick = 100;
    private const ulong NanosecondsPerMillisecond = 1_000_000;

    /// <summary>100 ns units since 1970; the caller adds the epoch (pal_time.c, SystemNative_GetSystemTimeAsTicks).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSystemTimeAsTicks")]
    public static long GetSystemTimeAsTicks() => (long)(Core.RealtimeNanoseconds() / NanosecondsPerTick);

    /// <summary>Stopwatch's counter; its frequency is fixed at 10^9 in CoreLib.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetTimestamp")]
    public static long GetTimestamp() => (long)Core.MonotonicNanoseconds();

    /// <summary>Milliseconds for Environment.TickCount64.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetLowResolutionTimestamp")]
    public static long GetLowResolutionTimestamp() => (long)(Core.MonotonicNanoseconds() / NanosecondsPerMillisecond);

    /// <summary>100 ns units between 1970 and the start of the machine.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetBootTimeTicks")]
    public static long GetBootTimeTicks() =>
        (long)((Core.RealtimeNanoseconds() - Core.MonotonicNanoseconds()) / NanosecondsPerTick) + DateTime.UnixEpoch.Ticks;
}
