using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>The environment variables and the name of the program, both from the kernel command line and the image.</summary>
internal static unsafe class EnvironmentEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetEnviron")]
    public static nint GetEnviron() => (nint)Core.Environment();

    /// <summary>The vector is the core's and lives as long as the program; there is nothing to free.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FreeEnviron")]
    public static void FreeEnviron(nint environment) { }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetEnv")]
    public static nint GetEnv(byte* name)
    {
        ReadOnlySpan<byte> wanted = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        byte** variable = Core.Environment();
        if (wanted.IsEmpty || wanted.Contains((byte)'=') || variable == null)
            return 0;
        for (; *variable != null; variable++)
        {
            ReadOnlySpan<byte> entry = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*variable);
            if (entry.Length > wanted.Length && entry[wanted.Length] == '=' && entry.StartsWith(wanted))
                return (nint)(*variable + wanted.Length + 1);
        }

        return 0;
    }

    /// <summary>
    /// The path that the program would have on a disk. AppContext.BaseDirectory is its directory, and that is where the read-only
    /// files of the image are.
    /// </summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetProcessPath")]
    public static byte* GetProcessPath()
    {
        ReadOnlySpan<byte> program = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Core.ProgramName());
        int slash = program.LastIndexOf((byte)'/');
        return NativeText.Allocate(ProgramDirectory, program[(slash + 1)..]);
    }

    /// <summary>The directory of the published files, with its trailing slash.</summary>
    public static ReadOnlySpan<byte> ProgramDirectory => "/app/"u8;
}
