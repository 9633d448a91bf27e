using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The places where the framework's own code for Unix assumes an operating system around it.</summary>
internal static class FrameworkReplacements
{
    [Replaces("System.Private.CoreLib", "System.Environment", "get_WorkingSet", Fingerprint = "565bf4a9b6546962",
        Why = "it reads /proc/self/status; the memory that was promised to the program is what it uses of the machine")]
    public static long WorkingSet() => (long)Core.MemoryCommitted();

    [Replaces("System.Console", "System.ConsolePal", "EnsureInitializedCore", Fingerprint = "6d2a54d2c9ca37e2",
        Why = "it prepares a terminal and its signals; the console is a serial line")]
    public static void InitializeTerminal() { }

    [Replaces("System.Console", "System.TermInfo/DatabaseFactory", "ReadActiveDatabase", Fingerprint = "e85d2a3c599fcd4d",
        Why = "it looks for terminal descriptions in the file system; there is no terminal to describe")]
    public static object? TerminalDescription() => null;

    // Searches for characters and hexadecimal text in every HTTP request come through here. An index above 15 gives 0, which
    // PSHUFB does for bytes with the top bit set: adding 0x70 with saturation sets it for exactly those.
    [Replaces("System.Private.CoreLib", "System.Runtime.Intrinsics.Vector128", "Shuffle", Fingerprint = "61d3dc583ebbc856",
        Why = "the compiler calls it when the indices are not constant, and then it is a loop over 16 bytes; every CPU that a unikernel starts on has the instruction")]
    public static Vector128<byte> Shuffle(Vector128<byte> vector, Vector128<byte> indices) =>
        Ssse3.Shuffle(vector, Sse2.AddSaturate(indices, Vector128.Create((byte)0x70)));
}
