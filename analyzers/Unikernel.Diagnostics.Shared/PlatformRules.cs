namespace Unikernel.Diagnostics;

/// <summary>1000-1999: what no unikernel has, or has differently. Reported while typing (analyzers) and at publish (linker).</summary>
public static class PlatformRules
{
    public static readonly Rule UnavailableApi = new Rule("UKN1001", "API that no unikernel has",
        "'{0}' needs {1}, which a unikernel does not have: {2}. Do without it, or guard it with OperatingSystem.IsOSPlatform(\"unikernel\").",
        RuleLevel.Warning);

    public static readonly Rule FilesInMemory = new Rule("UKN1002", "File written to memory that vanishes",
        "'{0}' writes to a file system in memory: what is written is gone when the machine stops, and takes memory until then. Send data that must stay over the network.",
        RuleLevel.Suggestion);

    public static readonly Rule TimeZones = new Rule("UKN1003", "Time zone that is not in the image",
        "'{0}' depends on time zone data, and an image has only what the project adds: the local zone is UTC and other zones are not found. Use UTC, or add items UnikernelTimeZone.",
        RuleLevel.Suggestion);

    public static readonly Rule CultureData = new Rule("UKN1004", "Culture data under invariant globalization",
        "'{0}' for culture '{1}' gets invariant data: a unikernel image carries no ICU. Use CultureInfo.InvariantCulture, or formats of your own.",
        RuleLevel.Suggestion);

    public static readonly Rule EnvironmentExit = new Rule("UKN1005", "Call that stops the machine",
        "'{0}' stops the whole machine, because the program is all that runs on it. Return from Main to end, or throw to fail one request.",
        RuleLevel.Suggestion);

    public static readonly Rule AssemblyLocation = new Rule("UKN1006", "Assembly path that is empty",
        "'{0}' is empty on a unikernel, because the image holds no assembly files. Use AppContext.BaseDirectory.",
        RuleLevel.Warning);

    public static readonly Rule TerminalControl = new Rule("UKN1007", "Terminal control on a serial line",
        "'{0}' controls a terminal, and the console of a unikernel is a serial line: it is ignored or throws. Use Console.Write and Console.ReadLine.",
        RuleLevel.Warning);

    public static readonly Rule MachineAndUserNames = new Rule("UKN1008", "Name of a user or machine that is a constant",
        "'{0}' is the same in every instance of the image: a unikernel has no users and no host name of its own. Pass a name by an environment variable on the kernel command line.",
        RuleLevel.Suggestion);

    public static readonly Rule ThreadPriority = new Rule("UKN1009", "Thread priority without effect",
        "'{0}' has no effect on a unikernel: all threads share the processor equally. Remove it, or bound the work of the thread.",
        RuleLevel.Suggestion);

    public static readonly Rule CurrentProcess = new Rule("UKN1010", "Figures of a process that is the machine",
        "'{0}' asks an operating system about a process, and on a unikernel the process is the machine. Use {1}.",
        RuleLevel.Suggestion);

    public static readonly Rule SocketFamilies = new Rule("UKN1011", "Socket family that the stack does not have",
        "A socket of '{0}' is refused on a unikernel: its stack has IPv4, IPv6 and sockets inside the program (Unix). Use one of these.",
        RuleLevel.Warning);

    public static readonly Rule NativeLibrary = new Rule("UKN1012", "Native library that nothing provides",
        "'{0}' is imported from '{1}', which nothing in the image provides: a unikernel loads no shared libraries, and the call throws DllNotFoundException. Provide the entry point in C# (ProvidesEntryPoint), or add the library as <UnikernelNativeLibrary Include=\"….a\" EntryPoints=\"{1}\" />.",
        RuleLevel.Warning);

    public static readonly Rule RuntimeMarshalling = new Rule("UKN1013", "Marshalling that needs code made at run time",
        "'{0}' needs marshalling code made at run time, and a unikernel makes none. Use {1}.",
        RuleLevel.Warning);

    public static readonly Rule SharedLibraryPackage = new Rule("UKN1014", "Package whose native code is a shared library",
        "The package {0} brings {1}, a shared library of Linux, which nothing can load on a unikernel. Use a managed replacement, link a static library (items DirectPInvoke and UnikernelNativeLibrary), or, if the program never calls it, add <UnikernelIgnoredNativeLibrary Include=\"{2}\" />.",
        RuleLevel.Warning);

    public static readonly Rule UndeclaredCapability = new Rule("UKN1020", "Capability that the project does not state",
        "'{0}' needs the capability {1}, which the project does not state: {2}. Add <UnikernelCapability Include=\"{1}\" /> to the project, or do without it.",
        RuleLevel.Warning);

    public static readonly Rule UnusedCapability = new Rule("UKN1021", "Capability that is stated and not used",
        "The project states the capability {0}, and nothing in its code uses it. Remove <UnikernelCapability Include=\"{0}\" />.",
        RuleLevel.Suggestion);

    public static readonly Rule UnknownCapability = new Rule("UKN1022", "Capability that is not known",
        "There is no capability {0}: the statement has no effect. The capabilities are {1}.",
        RuleLevel.Warning);

    public static readonly Rule GlobalizationOn = new Rule("UKN1023", "Culture data asked for that no image has",
        "InvariantGlobalization is false, and a unikernel image carries no ICU: publish sets it to true, and every culture has invariant data. Set it to true, or put the condition '$(RuntimeIdentifier)' != 'unikernel-x64' on it.",
        RuleLevel.Warning);
}
