namespace Unikernel.Diagnostics;

/// <summary>9000-9999: printed by the machine itself on the serial console.</summary>
public static class GuestRules
{
    public static readonly Rule CommandLineTooLong = new Rule("UKN9001", "The kernel command line is too long",
        "The kernel command line is longer than {0} bytes or has more than {1} words. Shorten it, or put settings into the project.", RuleLevel.Error);

    public static readonly Rule CommandLineQuoteOpen = new Rule("UKN9002", "A quote on the kernel command line is not closed",
        "The kernel command line has a quote that is not closed, at offset {0}: {1}", RuleLevel.Error);

    public static readonly Rule CpuTooOld = new Rule("UKN9003", "The CPU lacks a needed feature",
        "This CPU has no {0}; use an x86-64-v2 CPU (QEMU: -cpu max, Nehalem or newer)", RuleLevel.Error);

    public static readonly Rule NotStartedByPvh = new Rule("UKN9004", "The loader did not boot by PVH",
        "The loader's start information is not PVH version 1 or later (magic {0}, version {1})", RuleLevel.Error);

    public static readonly Rule TooLittleMemory = new Rule("UKN9005", "The machine has too little memory",
        "Too little memory: {0}. Give the machine more (QEMU: -m).", RuleLevel.Error);

    public static readonly Rule OutOfMemory = new Rule("UKN9006", "The machine is out of memory",
        "Out of memory: no page left for {0}", RuleLevel.Error);

    public static readonly Rule BadFree = new Rule("UKN9007", "free() of what is not allocated",
        "free() of an address that malloc() did not return, or for the second time: {0}", RuleLevel.Error);

    public static readonly Rule UnsupportedNativeFunction = new Rule("UKN9008", "A C function was called that no unikernel has",
        "{0}() was called: {1}", RuleLevel.Error);

    public static readonly Rule CoreFault = new Rule("UKN9010", "The core made a mistake",
        "{0} in the core", RuleLevel.Error);

    public static readonly Rule HardwareFault = new Rule("UKN9011", "A hardware fault outside of managed code",
        "Hardware fault outside of managed code: signal {0}, code {1}, address {2}", RuleLevel.Error);

    public static readonly Rule StackOverflow = new Rule("UKN9012", "A thread used up its stack",
        "Thread {0} \"{1}\" used up its stack of {2} KB", RuleLevel.Error);

    public static readonly Rule StackSmashed = new Rule("UKN9013", "A function wrote beyond its local buffer",
        "Stack smashing detected: a function wrote beyond its local buffer", RuleLevel.Error);

    public static readonly Rule NoClock = new Rule("UKN9014", "The machine has no clock",
        "No clock: neither the CPU nor the hypervisor tells the TSC's frequency, and there is no PIT", RuleLevel.Error);
}
