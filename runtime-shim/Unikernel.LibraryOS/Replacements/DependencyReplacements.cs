using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>The text of every object whose class is in the program is asked for by the code for a crash.</summary>
    [Replaces("System.Net.Primitives", "System.Net.IPEndPoint", "ToString", Fingerprint = "d1fe9fcfaa4191bd",
        Why = "it puts the text together by interpolation, which links the formatting of every type that has one")]
    public static string TextOf(IPEndPoint endPoint)
    {
        string address = endPoint.Address.ToString(), port = endPoint.Port.ToString(CultureInfo.InvariantCulture);
        return endPoint.Address.AddressFamily == AddressFamily.InterNetworkV6 ? string.Concat("[", address, "]:", port) : string.Concat(address, ":", port);
    }

    /// <summary>What <c>array[1..]</c> calls. An array may be of a more special type than its variable, and then the result is, too.</summary>
    [Replaces("System.Private.CoreLib", "System.Runtime.CompilerServices.RuntimeHelpers", "GetSubArray", Fingerprint = "fe51742bdb3b6078",
        Why = "it makes an array of such a type by reflection, which links the runtime's loader of types; the array has the type")]
    public static T[] SubArray<T>(T[] array, Range range)
    {
        ArgumentNullException.ThrowIfNull(array);
        (int offset, int length) = range.GetOffsetAndLength(array.Length);
        T[] result;
        if (array.GetType() == typeof(T[]))
        {
            if (length == 0)
                return [];
            result = new T[length];
        }
        else
        {
            result = (T[])NewArray(null, TypeOf(array), length);
        }

        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), offset), length)
            .CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(result), length));
        return result;
    }

    // An array is a pointer to its method table, 8 bytes for the length, and the elements (dotnet/runtime, Object.NativeAot.cs, RawArrayData).
    private static RuntimeTypeHandle TypeOf<T>(T[] array) =>
        RuntimeTypeHandle.FromIntPtr(Unsafe.Subtract(ref Unsafe.As<T, nint>(ref MemoryMarshal.GetArrayDataReference(array)), 2));

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "NewArray")]
    private static extern Array NewArray([UnsafeAccessorType("Internal.Runtime.Augments.RuntimeAugments, System.Private.CoreLib")] object? type, RuntimeTypeHandle handle, int count);

    [Replaces("System.Private.CoreLib", "System.Threading.Thread/StartHelper", "InitializeCulture", Fingerprint = "1186305923bc6ae4",
        Unless = ["System.Private.CoreLib!System.Threading.Thread::SetCultureOnUnstartedThread"],
        Why = "it gives a thread the culture that it was given before its start, and links the flow of values between threads in programs that give none")]
    public static void StartWithoutCulture(object helper) { }

    [Replaces("System.Console", "System.ConsolePal", ".cctor", Fingerprint = "a25cd30f00f72a74",
        Unless = ["System.Console!System.ConsolePal::get_TerminalFormatStringsInstance"],
        Why = "it links the reader of terminal descriptions in programs that only write")]
    public static void InitializeConsole()
    {
        IsInvalidated(null) = 1;
        Foreground(null) = Background(null) = (ConsoleColor)(-1);
        IsFirstCursorRequest(null) = true;
    }

    [Replaces("System.Console", "System.ConsolePal/UnixConsoleStream", "Read", Fingerprint = "24a0da04274d1277",
        Why = "it edits lines if a terminal is at the other end, which never is, and every stream of the console has it, also those that are only written to")]
    public static int ReadConsole(object stream, Span<byte> buffer) => Read(null, HandleOf(stream), buffer);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Read")]
    private static extern int Read([UnsafeAccessorType(ConsolePal)] object? type, SafeFileHandle handle, Span<byte> buffer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_handle")]
    private static extern ref SafeFileHandle HandleOf([UnsafeAccessorType("System.ConsolePal+UnixConsoleStream, System.Console")] object stream);

    [Replaces("System.Net.Sockets", "System.Net.Sockets.UnixDomainSocketEndPoint", "get_BoundFileName", Fingerprint = "134d4f6866be4873",
        Unless = ["System.Net.Sockets!System.Net.Sockets.UnixDomainSocketEndPoint::.ctor(System.String)"],
        Why = "the file of a local socket is deleted with every socket that has one, which links deletion in programs that bind none")]
    public static string? FileOf(UnixDomainSocketEndPoint endPoint) => null;

    [Replaces("System.Console", "System.ConsolePal", "UpdatedCachedCursorPosition", Fingerprint = "e28c1d03361f6c64",
        Why = "it keeps track of a terminal's cursor at each write, and there is no terminal to ask where it was at first")]
    public static unsafe void TrackCursor(byte* bytes, int count, int version) { }

    [Replaces("System.Private.CoreLib", "System.Collections.Generic.KeyValuePair", "PairToString", Fingerprint = "35e2abcfb6580dbf",
        Why = "it puts the text together by interpolation, which links the formatting of every type that has one, and every dictionary has pairs")]
    public static string TextOf(object? key, object? value) => string.Concat(string.Concat("[", key?.ToString(), ", "), value?.ToString(), "]");

    private const string ConsolePal = "System.ConsolePal, System.Console";

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_invalidateCachedSettings")]
    private static extern ref int IsInvalidated([UnsafeAccessorType(ConsolePal)] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_trackedForegroundColor")]
    private static extern ref ConsoleColor Foreground([UnsafeAccessorType(ConsolePal)] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_trackedBackgroundColor")]
    private static extern ref ConsoleColor Background([UnsafeAccessorType(ConsolePal)] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_firstCursorPositionRequest")]
    private static extern ref bool IsFirstCursorRequest([UnsafeAccessorType(ConsolePal)] object? type);

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
