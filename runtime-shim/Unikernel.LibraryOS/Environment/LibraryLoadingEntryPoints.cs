using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>NativeLibrary: there is no dynamic linker, so no library is ever found, which programs ask and are told as on Linux.</summary>
internal static unsafe class LibraryLoadingEntryPoints
{
    // What dlopen(NULL) returns is not null; nothing can be found in it.
    private const nint MainProgram = 1;

    // The text stays valid until the thread's next attempt (dlerror(3)).
    [ThreadStatic]
    private static byte* t_error;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LoadLibrary")]
    public static nint Load(byte* name)
    {
        SetError(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), ": cannot open shared object file: No such file or directory"u8);
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetProcAddress")]
    public static nint GetAddress(nint handle, byte* symbol)
    {
        SetError("undefined symbol: "u8, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(symbol));
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FreeLibrary")]
    public static void Free(nint handle) { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetLoadLibraryError")]
    public static nint GetError() => (nint)t_error;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetDefaultSearchOrderPseudoHandle")]
    public static nint GetMainProgram() => MainProgram;

    private static void SetError(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        NativeMemory.Free(t_error);
        t_error = NativeText.Allocate(first, second);
    }
}
