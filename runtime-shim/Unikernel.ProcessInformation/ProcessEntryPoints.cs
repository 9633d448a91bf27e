using Unikernel.Binding;
using Unikernel.LibraryOS;

namespace Unikernel.ProcessInformation;

/// <summary>Signals, priority and processors of the one process. Another process is never there: ESRCH.</summary>
internal static unsafe class ProcessEntryPoints
{
    private const int OnlyProcessor = 1; // the mask

    private static int s_nice;

    /// <summary>kill(2). Without a signal it asks whether the process is there; with one it ends the program as the signal does.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Kill")]
    public static int Kill(int process, int signal)
    {
        if (!IsSelf(process))
            return Errno.Return(-Errno.ESRCH);
        if (signal != 0)
            Core.DefaultSignalAction(signal);
        return 0;
    }

    /// <summary>The nice value; managed code tells -1 from an error by errno.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPriority")]
    public static int GetPriority(int which, int who)
    {
        Core.ErrorNumber = 0;
        return IsSelf(who) ? s_nice : Errno.Return(-Errno.ESRCH);
    }

    /// <summary>There is nobody to go before: any priority is held.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetPriority")]
    public static int SetPriority(int which, int who, int nice)
    {
        if (!IsSelf(who))
            return Errno.Return(-Errno.ESRCH);
        s_nice = nice;
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SchedGetAffinity")]
    public static int GetAffinity(int process, nint* mask)
    {
        *mask = OnlyProcessor;
        return Errno.Return(IsSelf(process) ? 0 : -Errno.ESRCH);
    }

    /// <summary>A set without the one processor that there is cannot be had (sched_setaffinity(2): EINVAL).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SchedSetAffinity")]
    public static int SetAffinity(int process, nint* mask) =>
        Errno.Return(!IsSelf(process) ? -Errno.ESRCH : (*mask & OnlyProcessor) == 0 ? -Errno.EINVAL : 0);

    // 0 is the caller.
    private static bool IsSelf(int process) => process == 0 || process == UserEntryPoints.GetPid();
}
