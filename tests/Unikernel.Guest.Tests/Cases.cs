using System.Net.Sockets;

namespace Unikernel.Guest.Tests;

/// <summary>The cases that are compared on both machine types.</summary>
internal static class Cases
{
    /// <summary>
    /// Single lines that are known to differ, and why. They are left out of the comparison; each belongs to something that is still
    /// missing, so this list only shrinks.
    /// </summary>
    public static IReadOnlyDictionary<string, string> NotYetEqual { get; } = new Dictionary<string, string>();

    private static readonly string[] s_lifecycleSimple =
    [
        "none", "env-set", "exit-from-finally", "exit-runs-no-finally", "process-exit-event", "process-exit-event-on-exit", "foreground", "background",
        "async-main", "large-stack-argument", "no-output", "bogus",
    ];

    private static readonly string[] s_lifecycleTraces =
    [
        "unhandled", "unhandled-inner", "unhandled-custom", "unhandled-aggregate", "unhandled-async", "unhandled-generic", "unhandled-static-constructor",
        "unhandled-null-reference", "unhandled-divide", "unhandled-thread", "unhandled-pool", "unhandled-event", "unhandled-in-filter-order", "failfast",
        "failfast-exception",
    ];

    /// <summary>Everything but the way programs begin and end.</summary>
    public static IEnumerable<GuestCase> Library { get; } =
    [
        new("Exceptions"),
        new("Threads"),
        new("Memory", "collect", "objects", "finalizers", "handles", "info", "native"),

        // 64 MB of machine there, 32 MB of heap here (DOTNET_ values are hexadecimal): both run out.
        new("Memory", "exhaust") { Memory = "64M", HostEnvironment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "2000000" } },
        new("Memory", "garbage", "256") { Memory = "64M" },
        new("Time"),
        new("TimeZones", "zones", "list"),
        .. new[] { "Europe/Berlin", ":Australia/Lord_Howe", "America/New_York", "UTC", "Nowhere/Land" }.Select(zone =>
            new GuestCase("TimeZones", "local") { Environment = new Dictionary<string, string> { ["TZ"] = zone } }),
        new("Numerics"),
        new("Text"),
        new("Data"),
        new("Compression"),

        new("Descriptions"),
        new("Files"),
        new("Obfuscated"),

        // Programs of well-known libraries, which nobody wrote for a unikernel.
        new("RealConsole"),
        new("RealWorker", "--Name", "somebody", "--contentRoot", "/tmp") { AnyOrder = true },
        new("RealServices"),
    ];

    /// <summary>Arguments, environment, exit codes, endings, console.</summary>
    public static IEnumerable<GuestCase> Lifecycle { get; } =
    [
        .. s_lifecycleSimple.Select(mode => new GuestCase("Lifecycle", mode)),
        .. s_lifecycleTraces.Select(mode => new GuestCase("Lifecycle", mode) { HasTrace = true }),
        .. new[] { "0", "1", "77", "127", "128", "255" }.Select(code => new GuestCase("Lifecycle", "return", code)),
        .. new[] { "0", "3", "200" }.Select(code => new GuestCase("Lifecycle", "exit", code)),
        new("Lifecycle", "return", "256"),
        new("Lifecycle", "return", "-1"),
        new("Lifecycle", "exit-code-property", "5", "6"),
        new("Lifecycle", "exit-from-thread", "9"),
        new("Lifecycle", "args"),
        new("Lifecycle", "args", "one", "two words", "", "'single'", "\"double\"", "back\\slash", "a=b", "--", "-x", "tab\there", "ž€😀", "$HOME", "%d", "a  b"),
        new("Lifecycle", "args", new string('x', 500)),
        new("Lifecycle", "env", "A", "EMPTY", "SPACED", "QUOTED", "NOT_SET", "PATH")
        {
            Environment = new Dictionary<string, string> { ["A"] = "1", ["EMPTY"] = "", ["SPACED"] = "two words", ["QUOTED"] = "it's \"quoted\"" },
        },
        new("ConsoleIO", "output"),
        new("ConsoleIO", "large"),
        new("ConsoleIO", "threads") { AnyOrder = true },
        new("ConsoleIO", "lines", "3") { Input = "first\nsecond with spaces\nžluť €\n" },
        new("ConsoleIO", "lines", "2") { Input = "\n\n" },
        new("ConsoleIO", "lines", "1") { Input = new string('l', 1000) + "\n" },
        new("ConsoleIO", "read") { Input = "chars one\nby one.\n" },
        new("ConsoleIO", "sum") { Input = string.Concat(Enumerable.Range(1, 200).Select(i => $"{i}\n")) + "end\n" },
        new("ConsoleIO", "echo-async") { Input = "reverse me\n" },
    ];

    /// <summary>Sockets over loopback inside the program, one case for each section; raw ones where Linux lets us have them.</summary>
    public static IEnumerable<GuestCase> Sockets { get; } =
        new[] { "tcp", "errors", "options", "async", "udp", "poll", "streams", "local", "names", "network", "more", "load", "urgent", "seqpacket", "fastopen" }
            .Concat(HasRawSockets ? ["raw"] : [])
            .Concat(Environment.OSVersion.Version >= new Version(6, 16) ? ["localurgent"] : []) // before, Linux had its mistakes with bytes taken out of band
            .Select(section => new GuestCase("Sockets", section)).Append(new GuestCase("Blocking")).Append(new GuestCase("OwnEndPoint")).ToArray();

    private static bool HasRawSockets
    {
        get
        {
            try
            {
                using Socket raw = new(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp);
                return true;
            }
            catch (SocketException)
            {
                return false; // AccessDenied: root's, or a container's without CAP_NET_RAW
            }
        }
    }

    public static IEnumerable<GuestCase> All => Library.Concat(Lifecycle).Concat(Sockets);

    public static TheoryData<string> Names(IEnumerable<GuestCase> cases) => [.. cases.Select(c => c.ToString())];

    public static GuestCase Named(string name) => All.Single(c => c.ToString() == name);
}
