using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The two signals that a machine has: Ctrl+C on the console (SIGINT) and the power button (SIGTERM). A thread that waits for
/// them exists from the first handler on; without a handler the core ends the program as Linux would.
/// </summary>
internal static unsafe class SignalEntryPoints
{
    private const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGTSTP = 20, SIGTTIN = 21,
        SIGTTOU = 22, SIGURG = 23, SIGWINCH = 28;
    private const int HighestSignal = 64;

    // System.Runtime.InteropServices.PosixSignal counts down from -1 in this order.
    private static ReadOnlySpan<byte> PosixSignals =>
        [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGCONT, SIGWINCH, SIGTTIN, SIGTTOU, SIGTSTP];

    private static delegate* unmanaged<int, int, int> s_handler;
    private static ulong s_enabled; // bit n: signal n has a registration
    private static int s_started;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetPosixSignalHandler")]
    public static void SetHandler(delegate* unmanaged<int, int, int> handler) => s_handler = handler;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPlatformSignalNumber")]
    public static int GetPlatformSignalNumber(int signal)
    {
        if (signal is > 0 and <= HighestSignal)
            return signal;
        int index = -1 - signal;
        return (uint)index < (uint)PosixSignals.Length ? PosixSignals[index] : 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_EnablePosixSignalHandling")]
    public static int Enable(int signal)
    {
        Interlocked.Or(ref s_enabled, Bit(signal));
        Core.HandleSignal(signal, 1);
        if (signal is SIGINT or SIGTERM && Interlocked.Exchange(ref s_started, 1) == 0)
            new Thread(Loop) { IsBackground = true, Name = ".NET SigHandler" }.UnsafeStart();
        return 1;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_DisablePosixSignalHandling")]
    public static void Disable(int signal)
    {
        Interlocked.And(ref s_enabled, ~Bit(signal));
        Core.HandleSignal(signal, 0);
    }

    /// <summary>What Linux does with a signal that no handler took or cancelled.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_HandleNonCanceledPosixSignal")]
    public static void DefaultAction(int signal)
    {
        if (signal is not (SIGCONT or SIGTSTP or SIGTTIN or SIGTTOU or SIGCHLD or SIGURG or SIGWINCH))
            Core.DefaultSignalAction(signal);
    }

    private static ulong Bit(int signal) => 1ul << (signal - 1);

    private static void Loop()
    {
        while (true)
            Dispatch(Core.WaitForSignal());
    }

    /// <summary>Hands one signal to the base class library, or does the default.</summary>
    public static void Dispatch(int signal)
    {
        bool enabled = (Volatile.Read(ref s_enabled) & Bit(signal)) != 0;
        int index = PosixSignals.IndexOf((byte)signal);
        int posixSignal = index < 0 ? 0 : -1 - index;
        if (!enabled || s_handler == null || s_handler(signal, posixSignal) == 0)
            DefaultAction(signal);
    }
}
