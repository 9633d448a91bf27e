namespace Unikernel.Diagnostics;

/// <summary>5000-5999: MSBuild SDK, scripts, tools and the runner.</summary>
public static class BuildRules
{
    public static readonly Rule HostNotSupported = new Rule("UKN5001", "The host is not Linux x64",
        "A unikernel is built on Linux x64, and this is {0}. Build in a Linux x64 container, WSL or virtual machine.", RuleLevel.Error);

    public static readonly Rule LinkerMissing = new Rule("UKN5002", "The linker ld.lld or llvm-objcopy is missing",
        "{0} was not found {1}. Install the Debian or Ubuntu packages lld-14 and llvm-14, or name the programs by the properties UnikernelLld and UnikernelObjCopy.", RuleLevel.Error);

    public static readonly Rule QemuMissing = new Rule("UKN5003", "QEMU is missing",
        "'{0}' could not be started: {1}. Install the Debian or Ubuntu package qemu-system-x86, or name the program by the property UnikernelQemu.", RuleLevel.Error);

    public static readonly Rule PacksMissing = new Rule("UKN5004", "The NativeAOT packs are missing",
        "The package {0} is not restored. Restore with the RID (`dotnet restore -r unikernel-x64`), with a package source that has it.", RuleLevel.Error);

    public static readonly Rule NotAnExecutable = new Rule("UKN5005", "Only an executable project becomes a unikernel",
        "This project has OutputType '{0}', and a unikernel needs a Main. Publish the project that has it (OutputType Exe) and reference this one from there.", RuleLevel.Error);

    public static readonly Rule PublishAotDisabled = new Rule("UKN5006", "PublishAot is false",
        "PublishAot is set to false, and a unikernel has no just-in-time compiler. Remove PublishAot=false, or put the condition '$(RuntimeIdentifier)' != 'unikernel-x64' on it.", RuleLevel.Error);

    public static readonly Rule FrameworkNotSupported = new Rule("UKN5007", "The target framework is not .NET 10",
        "The target framework is '{0}', and the runtime of a unikernel is .NET 10. Target net10.0 (or add it to TargetFrameworks and publish with -f net10.0).", RuleLevel.Error);

    public static readonly Rule RuntimeIdentifierNotSupported = new Rule("UKN5008", "Runtime identifiers are mixed or unknown",
        "The runtime identifier is '{0}'. Publish one at a time: -r unikernel-x64 for the unikernel, another publish for every other.", RuleLevel.Error);

    public static readonly Rule PropertyValueUnknown = new Rule("UKN5009", "A property has a value that is not known",
        "{0} is '{1}'. It takes {2}.", RuleLevel.Error);

    public static readonly Rule NameUnknown = new Rule("UKN5010", "A property or item has a name that is not known",
        "There is no {0} {1}. {2} docs/properties.md of the toolchain lists them all.", RuleLevel.Error);

    public static readonly Rule NativeLibraryShared = new Rule("UKN5011", "A package has a native library only as a shared library",
        "The package {0} brings {1}, a shared library of Linux, which nothing can load here. Use a managed replacement, link a static library (items DirectPInvoke and NativeLibrary), or, if the program never calls it, add <UnikernelIgnoredNativeLibrary Include=\"{2}\" />.", RuleLevel.Error);

    public static readonly Rule LinkFailed = new Rule("UKN5012", "The image could not be linked",
        "ld.lld ended with status {0}: {1}. A name that is 'undefined' is a native function that nothing in a unikernel provides; who refers to it is said above, unless the verbosity is quiet.", RuleLevel.Error);

    public static readonly Rule PublishConflict = new Rule("UKN5013", "A publish option contradicts the unikernel",
        "{0} is '{1}', and a unikernel is one file, compiled ahead of time and trimmed. Remove the property, or put the condition '$(RuntimeIdentifier)' != 'unikernel-x64' on it.", RuleLevel.Error);

    public static readonly Rule ItemMalformed = new Rule("UKN5014", "An item can not go onto the machine's command line",
        "{0} '{1}' {2}", RuleLevel.Error);

    public static readonly Rule UnwindInformationUnknown = new Rule("UKN5016", "The compiler's unwind information is of an unknown kind",
        "The object file {0} can not be used: {1}. It is not from the NativeAOT compiler of .NET 10 that this SDK was made for: remove the package version or the property that brings another one.", RuleLevel.Error);

    public static readonly Rule ImageNotPacked = new Rule("UKN5017", "The image can not be packed",
        "The image {0} can not be packed: {1}. Link it at 2 MB or above, as the SDK's linker script does, or set UnikernelCompress to false.", RuleLevel.Error);

    public static readonly Rule TimeZoneMissing = new Rule("UKN5018", "A time zone is not on this machine",
        "The time zone '{0}' is not in {1}. Correct the name (as in the time zone database: Europe/Berlin), install the package tzdata, or name a folder that has it by the property UnikernelTimeZoneFolder.", RuleLevel.Error);

    public static readonly Rule SettingReplaced = new Rule("UKN5020", "A setting of .NET does not hold on a unikernel",
        "{0}", RuleLevel.Suggestion);

    public static readonly Rule ImageMissing = new Rule("UKN5030", "There is no image to boot",
        "'{0}' does not exist. Make it by `dotnet publish -r unikernel-x64`.", RuleLevel.Error);

    public static readonly Rule MachineEndedWithoutCode = new Rule("UKN5031", "The machine ended without an exit code",
        "'{0}' was reset or powered off before the program ended: a fault that nothing could handle, or a power-off from outside. Run it again with -p:UnikernelDebug=true to see where.", RuleLevel.Error);

    public static readonly Rule QemuFailed = new Rule("UKN5032", "QEMU failed",
        "'{0}' ended with status {1}, and the program did not end; its messages are above. Look at the properties UnikernelMachine, UnikernelMemory, UnikernelCpus and UnikernelQemuArguments.", RuleLevel.Error);

    public static readonly Rule CommandLineTooLong = new Rule("UKN5033", "The machine's command line is too long",
        "The command line has {0} bytes, and the machine takes 4095. Put long values into a file of the project, or into items UnikernelEnvironment.", RuleLevel.Error);
}
