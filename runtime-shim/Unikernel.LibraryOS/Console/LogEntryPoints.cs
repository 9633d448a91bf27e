using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The runtime's last words and the system log: both are the console.</summary>
internal static unsafe class LogEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Log")]
    public static void Log(byte* buffer, int count) => Core.ConsoleWrite(new ReadOnlySpan<byte>(buffer, count));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LogError")]
    public static void LogError(byte* buffer, int count) => Core.ConsoleWrite(new ReadOnlySpan<byte>(buffer, count));

    /// <summary>The format is always <c>%s</c> (Interop.SysLog.cs: its only caller, Debug.WriteLine, says so).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SysLog")]
    public static void SysLog(int priority, byte* format, byte* argument)
    {
        Core.ConsoleWrite(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(argument));
        Core.ConsoleWrite("\n"u8);
    }
}
