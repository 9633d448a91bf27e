using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The terminal that is not there. A serial line has no size, no attributes and no line discipline that could be asked, so the
/// console presents itself as redirected, which System.Console supports in full.
/// </summary>
internal static unsafe class TerminalEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_IsATty")]
    public static int IsATty(nint descriptor) => 0;

    /// <summary>Rows, columns and two sizes in pixels, 16 bits each.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetWindowSize")]
    public static int GetWindowSize(nint descriptor, ulong* size)
    {
        *size = 0;
        return Errno.Return(-Errno.ENOTTY);
    }

    /// <summary>
    /// On Linux this starts the thread that waits for signals. Here that thread comes with the first registered handler
    /// (<see cref="SignalEntryPoints"/>), because most programs register none.
    /// </summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_InitializeTerminalAndSignalHandling")]
    public static int Initialize() => 1;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_UninitializeTerminal")]
    public static void Uninitialize() { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetTerminalInvalidationHandler")]
    public static void SetInvalidationHandler(delegate* unmanaged<void> handler) { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetKeypadXmit")]
    public static void SetKeypadXmit(nint descriptor, byte* terminfoString) { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_InitializeConsoleBeforeRead")]
    public static void BeforeRead(byte minimumCharacters, byte deciseconds) { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_UninitializeConsoleAfterRead")]
    public static void AfterRead() { }

    /// <summary>No control character is defined: each is <c>_POSIX_VDISABLE</c>, which is 0 on Linux.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetControlCharacters")]
    public static void GetControlCharacters(int* names, byte* values, int count, byte* posixDisableValue)
    {
        *posixDisableValue = 0;
        new Span<byte>(values, count).Clear();
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_StdinReady")]
    public static int StdinReady() => ConsoleFile.Input.IsReady ? 1 : 0;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReadStdin")]
    public static int ReadStdin(byte* buffer, int count) => DescriptorEntryPoints.Read(0, buffer, count);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSignalForBreak")]
    public static int GetSignalForBreak() => 1;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetSignalForBreak")]
    public static int SetSignalForBreak(int signalForBreak)
    {
        if (signalForBreak != 0)
            return 1;
        Core.ErrorNumber = Errno.ENOTTY;
        return 0;
    }
}
