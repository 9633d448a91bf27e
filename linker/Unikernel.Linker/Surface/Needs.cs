using System.Numerics;

namespace Unikernel.Linker.Surface;

/// <summary>A set of needs as bits; which bit is which word is the business of <see cref="NeedVocabulary"/>.</summary>
public readonly record struct Needs(ulong Bits)
{
    public static readonly Needs None = default;

    public bool IsEmpty => Bits == 0;

    public static Needs operator |(Needs a, Needs b) => new(a.Bits | b.Bits);

    public static Needs operator &(Needs a, Needs b) => new(a.Bits & b.Bits);
}

/// <summary>How a need stands on a unikernel, as the analyzers tell it.</summary>
public enum NeedClass
{
    /// <summary>No unikernel has it.</summary>
    Absent,

    /// <summary>It is there, but differs from Linux.</summary>
    Emulated,

    /// <summary>It needs a device of the virtual machine.</summary>
    Device,

    /// <summary>It is there and needs nothing.</summary>
    Plain,
}

/// <summary>The words for needs. The order of the list decides the bit and the order in which words are printed.</summary>
public static class NeedVocabulary
{
    /// <summary>A need: its word, its class, and what the user reads about it.</summary>
    public sealed record Entry(string Word, NeedClass Class, string Reason);

    public static readonly IReadOnlyList<Entry> All =
    [
        new("certificates", NeedClass.Absent, "X.509 certificates are not bound to a library yet; the call throws PlatformNotSupportedException"),
        new("ciphers", NeedClass.Absent, "this cipher or authentication code is not bound to a library yet; the call throws PlatformNotSupportedException"),
        new("kerberos", NeedClass.Absent, "there is no Kerberos or NTLM library in the image; the call throws PlatformNotSupportedException"),
        new("keys", NeedClass.Absent, "asymmetric keys are not bound to a library yet; the call throws PlatformNotSupportedException"),
        new("libraries", NeedClass.Absent, "there is no dynamic linker: native code must be linked in or provided in C#, and loading a library throws DllNotFoundException"),
        new("memorymaps", NeedClass.Absent, "files are not mapped into memory; the call throws PlatformNotSupportedException"),
        new("nodes", NeedClass.Absent, "device files and named pipes cannot be made; the call throws PlatformNotSupportedException"),
        new("processes", NeedClass.Absent, "there is one program and one address space: no process can be started, found or signalled; the call throws PlatformNotSupportedException"),
        new("sharedmemory", NeedClass.Absent, "there is no second process to share memory with; the call throws PlatformNotSupportedException"),
        new("terminal", NeedClass.Absent, "the console is a serial line, not a terminal; the call throws PlatformNotSupportedException"),
        new("tls", NeedClass.Absent, "TLS is not bound to a library yet: terminate it in front of the machine; the call throws PlatformNotSupportedException"),
        new("watchers", NeedClass.Emulated, "a watch sees what the program changes in memory; files of the image never change"),
        new("files", NeedClass.Emulated, "published files are read-only in the image; /tmp, /var/tmp and the home directory are memory that is lost at the end"),
        new("mounts", NeedClass.Emulated, "the drives are the image and /tmp"),
        new("timezones", NeedClass.Emulated, "the local time zone is UTC unless the image has zone files"),
        new("users", NeedClass.Emulated, "there is one user, root"),
        new("network", NeedClass.Device, "a virtio network device"),
        new("clock", NeedClass.Plain, "the clock"),
        new("console", NeedClass.Plain, "the console"),
        new("entropy", NeedClass.Plain, "random numbers"),
        new("environment", NeedClass.Plain, "environment variables"),
        new("exit", NeedClass.Plain, "ends the machine"),
        new("globalization", NeedClass.Emulated, "culture data is invariant"),
        new("hashes", NeedClass.Plain, "hash functions and ciphers in C#"),
        new("memory", NeedClass.Plain, "native memory"),
        new("pipes", NeedClass.Plain, "pipes inside the program"),
        new("signals", NeedClass.Plain, "Ctrl+C on the console and the power button"),
        new("system", NeedClass.Plain, "facts about the machine"),
        new("threads", NeedClass.Plain, "threads"),
    ];

    /// <summary>All needs that no unikernel has.</summary>
    public static Needs Absent { get; } = new(All.Select((e, i) => e.Class == NeedClass.Absent ? 1ul << i : 0).Aggregate((a, b) => a | b));

    private static readonly Dictionary<string, int> s_index = All.Select((e, i) => (e.Word, i)).ToDictionary(p => p.Word, p => p.i, StringComparer.Ordinal);

    /// <summary>The set of a comma-separated list of words.</summary>
    /// <exception cref="FormatException">A word is not in the vocabulary.</exception>
    public static Needs Parse(string words)
    {
        Needs result = default;
        foreach (string word in words.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            result |= s_index.TryGetValue(word, out int bit) ? new Needs(1ul << bit) : throw new FormatException($"'{word}' is not a need");
        return result;
    }

    /// <summary>The entries of a set, in the order of the vocabulary.</summary>
    public static IEnumerable<Entry> Entries(Needs needs)
    {
        for (ulong bits = needs.Bits; bits != 0; bits &= bits - 1)
            yield return All[BitOperations.TrailingZeroCount(bits)];
    }
}
