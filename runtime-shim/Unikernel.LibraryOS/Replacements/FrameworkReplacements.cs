using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The places where the framework's own code for Unix assumes an operating system around it.</summary>
internal static class FrameworkReplacements
{
    [Replaces("System.Private.CoreLib", "System.Environment", "get_WorkingSet",
        Why = "it reads /proc/self/status; the memory that was promised to the program is what it uses of the machine")]
    public static long WorkingSet() => (long)Core.MemoryCommitted();

    [Replaces("System.Console", "System.ConsolePal", "EnsureInitializedCore",
        Why = "it prepares a terminal and its signals; the console is a serial line")]
    public static void InitializeTerminal() { }

    [Replaces("System.Console", "System.TermInfo/DatabaseFactory", "ReadActiveDatabase",
        Why = "it looks for terminal descriptions in the file system; there is no terminal to describe")]
    public static object? TerminalDescription() => null;

    [Replaces("System.Private.CoreLib", "System.TimeZoneInfo", "GetLocalTimeZoneFromTzFile",
        Why = "it reads /etc/localtime and the zone files of a Linux installation; the machine's clock runs in UTC")]
    public static TimeZoneInfo LocalTimeZone() => TimeZoneInfo.Utc;
}
