using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The places where a method of the framework that every program has leads to code that only some programs need. docs/size.md has what each is worth.
/// </summary>
internal static unsafe class DependencyReplacements
{
    [Replaces("System.Private.CoreLib", "System.RuntimeExceptionHelpers", "SerializeCrashInfo", Fingerprint = "4bc7453bab0012c1",
        Why = "it describes the crash for a tool that reads crash dumps, and nobody takes a dump of a unikernel")]
    public static void DescribeCrash(int reason, string? message, Exception? exception) { }

    [Replaces("System.Console", "System.ConsolePal", "GetConsoleEncoding", Fingerprint = "b6ce5458861cce5d",
        Why = "it takes the encoding from LANG and links all of them for that; the serial line is UTF-8")]
    public static Encoding ConsoleEncoding() => Encoding.Default;

    [Replaces("System.Console", "Interop", "<GetExceptionForIoErrno>g__ParentDirectoryExists|11_0", Fingerprint = "80f2058fc20153c0",
        Why = "System.Console opens no file whose folder could be missing, and the question links the file systems")]
    public static bool FolderExists(string? path) => true;

    /// <summary>
    /// A set of characters that only comparison by ICU reads; making it links the vectorised searches of every kind.
    /// </summary>
    [Replaces("System.Private.CoreLib", "System.Globalization.CompareInfo", ".cctor", Fingerprint = "c70911af6e0f7bf8",
        Why = "it prepares comparison by ICU, which InvariantGlobalization excludes")]
    public static void InitializeComparison() => InvariantOf(null) = CultureInfo.InvariantCulture.CompareInfo;

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "Invariant")]
    private static extern ref CompareInfo InvariantOf(CompareInfo? type);

    /// <summary>What closes every handle of a file, standard output's as well, deletes and unlocks files only if the program can open one.</summary>
    [Replaces("System.Private.CoreLib", "Microsoft.Win32.SafeHandles.SafeFileHandle", "ReleaseHandle", Fingerprint = "c35af488138416ed",
        Why = "it names deletion of files, and so the file systems, in programs that open none")]
    public static bool ReleaseFile(SafeFileHandle file)
    {
        if (DeletesOnClose(file) && OpenEntryPoints.DeleteClosed is not null)
            OpenEntryPoints.DeleteClosed(PathOf(file)!);
        if (IsLocked(file))
        {
            AttributeEntryPoints.Lock(file.DangerousGetHandle(), AttributeEntryPoints.LockRelease);
            IsLocked(file) = false;
        }

        return DescriptorEntryPoints.Close(file.DangerousGetHandle()) == 0;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_deleteOnClose")]
    private static extern ref bool DeletesOnClose(SafeFileHandle file);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isLocked")]
    private static extern ref bool IsLocked(SafeFileHandle file);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_path")]
    private static extern ref string? PathOf(SafeFileHandle file);
}
