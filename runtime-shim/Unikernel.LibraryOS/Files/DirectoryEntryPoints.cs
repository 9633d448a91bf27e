using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>Reading directories. A stream is a snapshot, as POSIX allows: what is made meanwhile may be missing.</summary>
internal static unsafe class DirectoryEntryPoints
{
    private const int End = -1;
    private const int NameRoom = 256;

    /// <summary>One entry (struct DirectoryEntry of pal_io.h); the name lives until the next one is read.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DirectoryEntry
    {
        public byte* Name;
        public int NameLength;
        public int Type;
    }

    private sealed class DirectoryStream(DirectoryItem[] entries)
    {
        public readonly byte* NameBuffer = (byte*)NativeMemory.Alloc(NameRoom);
        public int Next;

        public DirectoryItem[] Entries { get; } = entries;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_OpenDir")]
    public static nint Open(byte* path)
    {
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: true, out Node? node);
        if (error >= 0 && node is not DirectoryNode)
            error = -Errno.ENOTDIR;
        if (error < 0)
        {
            Core.ErrorNumber = -error;
            return 0;
        }

        return GCHandle.ToIntPtr(GCHandle.Alloc(new DirectoryStream(ProgramFiles.Tree.List((DirectoryNode)node!))));
    }

    /// <returns>0, -1 at the end, or an error number.</returns>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReadDir")]
    public static int Read(nint handle, DirectoryEntry* entry)
    {
        var stream = (DirectoryStream)GCHandle.FromIntPtr(handle).Target!;
        if (stream.Next == stream.Entries.Length)
        {
            *entry = default;
            return End;
        }

        DirectoryItem item = stream.Entries[stream.Next++];
        int length = Encoding.UTF8.GetBytes(item.Name, new Span<byte>(stream.NameBuffer, NameRoom - 1));
        stream.NameBuffer[length] = 0;
        *entry = new DirectoryEntry { Name = stream.NameBuffer, NameLength = length, Type = NodeStatus.DirectoryEntryType(item.Kind) };
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CloseDir")]
    public static int Close(nint handle)
    {
        var gcHandle = GCHandle.FromIntPtr(handle);
        NativeMemory.Free(((DirectoryStream)gcHandle.Target!).NameBuffer);
        gcHandle.Free();
        return 0;
    }
}
