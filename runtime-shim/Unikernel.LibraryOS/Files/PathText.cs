using System.Runtime.InteropServices;
using System.Text;

namespace Unikernel.LibraryOS;

/// <summary>Paths as the P/Invokes pass them: UTF-8 with a terminator.</summary>
internal static unsafe class PathText
{
    public static string Read(byte* path) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path));

    /// <summary>Writes a path and its terminator; false: it does not fit.</summary>
    public static bool TryWrite(string path, byte* buffer, int size)
    {
        if (Encoding.UTF8.GetByteCount(path) >= size)
            return false;
        int length = Encoding.UTF8.GetBytes(path, new Span<byte>(buffer, size));
        buffer[length] = 0;
        return true;
    }
}
