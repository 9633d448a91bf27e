using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>What can be done with names of files: finding, making, renaming and removing.</summary>
internal static unsafe class NameEntryPoints
{
    private const int WriteAccess = 2; // W_OK

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Stat")]
    public static int Stat(byte* path, FileStatus* status) => Stat(path, status, followLinks: true);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LStat")]
    public static int LStat(byte* path, FileStatus* status) => Stat(path, status, followLinks: false);

    private static int Stat(byte* path, FileStatus* status, bool followLinks)
    {
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLinks, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        *status = NodeStatus.Of(node!);
        return 0;
    }

    /// <summary>The user is root, whom permission bits do not stop; a read-only volume does.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Access")]
    public static int Access(byte* path, int mode)
    {
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: true, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        return Errno.Return((mode & WriteAccess) != 0 && node!.Volume.IsReadOnly && node is not DeviceNode ? -Errno.EROFS : 0);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_MkDir")]
    public static int MakeDirectory(byte* path, int mode) => Errno.Return(ProgramFiles.Tree.MakeDirectory(PathText.Read(path), mode));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_RmDir")]
    public static int RemoveDirectory(byte* path) => Errno.Return(ProgramFiles.Tree.RemoveDirectory(PathText.Read(path)));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Unlink")]
    public static int Unlink(byte* path) => Errno.Return(ProgramFiles.Tree.Unlink(PathText.Read(path)));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Rename")]
    public static int Rename(byte* from, byte* to) => Errno.Return(ProgramFiles.Tree.Rename(PathText.Read(from), PathText.Read(to)));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Link")]
    public static int Link(byte* source, byte* link) => Errno.Return(ProgramFiles.Tree.MakeHardLink(PathText.Read(source), PathText.Read(link)));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SymLink")]
    public static int SymLink(byte* target, byte* link) =>
        Errno.Return(ProgramFiles.Tree.MakeSymbolicLink(PathText.Read(target), PathText.Read(link)));

    /// <summary>Not terminated, cut to the buffer (readlink(2)).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ReadLink")]
    public static int ReadLink(byte* path, byte* buffer, int size)
    {
        if (size <= 0)
            return Errno.Return(-Errno.EINVAL);
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: false, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        if (node is not SymbolicLinkNode link)
            return Errno.Return(-Errno.EINVAL);
        byte[] target = Encoding.UTF8.GetBytes(link.Target);
        int length = Math.Min(size, target.Length);
        target.AsSpan(0, length).CopyTo(new Span<byte>(buffer, length));
        return length;
    }

    /// <summary>The resolved path in memory that the caller frees, or null.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_RealPath")]
    public static byte* RealPath(byte* path)
    {
        int error = ProgramFiles.Tree.Resolve(PathText.Read(path), out string resolved);
        if (error >= 0)
            return NativeText.Allocate(Encoding.UTF8.GetBytes(resolved));
        Core.ErrorNumber = -error;
        return null;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_ChDir")]
    public static int ChangeDirectory(byte* path) => Errno.Return(ProgramFiles.Tree.ChangeDirectory(PathText.Read(path)));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetCwd")]
    public static byte* GetWorkingDirectory(byte* buffer, int size)
    {
        if (PathText.TryWrite(ProgramFiles.Tree.WorkingDirectory, buffer, size))
            return buffer;
        Core.ErrorNumber = Errno.ERANGE;
        return null;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_MkdTemp")]
    public static byte* MakeTemporaryDirectory(byte* template)
    {
        int error = TemporaryName.Fill(template, suffixLength: 0, name => ProgramFiles.Tree.MakeDirectory(name, 0x1C0));
        if (error >= 0)
            return template;
        Core.ErrorNumber = -error;
        return null;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_MksTemps")]
    public static nint MakeTemporaryFile(byte* template, int suffixLength)
    {
        Node? made = null;
        int error = TemporaryName.Fill(template, suffixLength, name => ProgramFiles.Tree.Open(
            name, FileTree.OpenMode.Create | FileTree.OpenMode.Exclusive | FileTree.OpenMode.Write, 0x180, out made));
        return Errno.Return(error < 0 ? error : DescriptorTable.Add(new TreeFile(made!, readable: true, writable: true)));
    }
}
