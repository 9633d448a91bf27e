using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The runtime's last words go to the console; the system log has no reader.</summary>
internal static unsafe class LogEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Log")]
    public static void Log(byte* buffer, int count) => Core.ConsoleWrite(new ReadOnlySpan<byte>(buffer, count));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LogError")]
    public static void LogError(byte* buffer, int count) => Core.ConsoleWrite(new ReadOnlySpan<byte>(buffer, count));

    /// <summary>
    /// Debug.WriteLine and Trace.WriteLine without a listener: there is no log daemon that reads it, and on Linux it is not on the console either.
    /// DOTNET_DebugWriteToStdErr=1 sends it to standard error (DebugProvider.Unix.cs), before it comes here.
    /// </summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SysLog")]
    public static void SysLog(int priority, byte* format, byte* argument)
    {
    }
}
