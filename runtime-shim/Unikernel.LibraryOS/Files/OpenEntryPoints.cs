using System.Runtime.InteropServices;
using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>Opening files, and reading and writing them at offsets.</summary>
internal static unsafe class OpenEntryPoints
{
    // Portable flags of open (src/native/libs/System.Native/pal_io.h).
    private const int AccessMask = 3;
    private const int WriteOnly = 1;
    private const int ReadWrite = 2;
    private const int Create = 0x20;
    private const int Exclusive = 0x40;
    private const int Truncate = 0x80;
    private const int NoFollow = 0x200;

    /// <summary>
    /// Deletes a file that was opened with <see cref="FileOptions.DeleteOnClose"/>. Set where files are opened: a program that opens none closes handles, too
    /// (standard output's), and gets no file system for it.
    /// </summary>
    public static delegate*<string, void> DeleteClosed { get; private set; }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Open")]
    public static nint Open(byte* path, int flags, int mode)
    {
        DeleteClosed = &Delete;
        int access = flags & AccessMask;
        bool writes = access is WriteOnly or ReadWrite;
        FileTree.OpenMode open = (writes ? FileTree.OpenMode.Write : 0)
            | ((flags & Create) != 0 ? FileTree.OpenMode.Create : 0)
            | ((flags & Exclusive) != 0 ? FileTree.OpenMode.Exclusive : 0)
            | ((flags & Truncate) != 0 ? FileTree.OpenMode.Truncate : 0)
            | ((flags & NoFollow) != 0 ? FileTree.OpenMode.NoFollow : 0);
        int error = ProgramFiles.Tree.Open(PathText.Read(path), open, mode, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        OpenFile file = node is DeviceNode device ? new DeviceFile(device) : new TreeFile(node!, access != WriteOnly, writes);
        return Errno.Return(DescriptorTable.Add(file));
    }

    private static void Delete(string path) => ProgramFiles.Tree.Unlink(path);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PRead")]
    public static int ReadAt(nint descriptor, byte* buffer, int count, long offset)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : (int)file.ReadAt(new Span<byte>(buffer, count), offset));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PWrite")]
    public static int WriteAt(nint descriptor, byte* buffer, int count, long offset)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : (int)file.WriteAt(new ReadOnlySpan<byte>(buffer, count), offset));
    }

    /// <summary>One piece of a scattered buffer (struct iovec).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IOVector
    {
        public byte* Base;
        public nuint Length;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PReadV")]
    public static long ReadVector(nint descriptor, IOVector* vectors, int count, long offset)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        if (file is null)
            return Errno.Return((long)-Errno.EBADF);
        long total = 0;
        for (int i = 0; i < count; i++)
        {
            long done = file.ReadAt(new Span<byte>(vectors[i].Base, (int)vectors[i].Length), offset + total);
            if (done < 0)
                return total > 0 ? total : Errno.Return(done);
            total += done;
            if (done < (long)vectors[i].Length)
                break;
        }

        return total;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PWriteV")]
    public static long WriteVector(nint descriptor, IOVector* vectors, int count, long offset)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        if (file is null)
            return Errno.Return((long)-Errno.EBADF);
        long total = 0;
        for (int i = 0; i < count; i++)
        {
            long done = file.WriteAt(new ReadOnlySpan<byte>(vectors[i].Base, (int)vectors[i].Length), offset + total);
            if (done < 0)
                return total > 0 ? total : Errno.Return(done);
            total += done;
            if (done < (long)vectors[i].Length)
                break;
        }

        return total;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_LSeek")]
    public static long Seek(nint descriptor, long offset, int whence)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : file.Seek(offset, (SeekOrigin)whence));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FTruncate")]
    public static int SetLength(nint descriptor, long length)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : file.SetLength(length));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FAllocate")]
    public static int Allocate(nint descriptor, long offset, long length) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        TreeFile { IsWritable: true, Node: MemoryFileNode file } => file.Reserve(offset, length),
        null or TreeFile => -Errno.EBADF,
        _ => -Errno.ENODEV,
    });

    /// <summary>Memory is as safe as it gets.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FSync")]
    public static int Sync(nint descriptor) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        null => -Errno.EBADF,
        TreeFile => 0,
        _ => -Errno.EINVAL,
    });

    /// <summary>Advice about access patterns; there is no disk to read ahead from. The result is an error number.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PosixFAdvise")]
    public static int Advise(nint descriptor, long offset, long length, int advice) =>
        DescriptorTable.Find(descriptor) is null ? Errno.EBADF : 0;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_CopyFile")]
    public static int Copy(nint source, nint destination, long length)
    {
        if (DescriptorTable.Find(source) is not { } from || DescriptorTable.Find(destination) is not { } to)
            return Errno.Return(-Errno.EBADF);
        byte[] buffer = new byte[MemoryFileNode.BlockSize];
        while (true)
        {
            long read = from.Read(buffer);
            if (read <= 0)
                return Errno.Return((int)read);
            for (int written = 0; written < read;)
            {
                long count = to.Write(buffer.AsSpan(written, (int)read - written));
                if (count < 0)
                    return Errno.Return((int)count);
                written += (int)count;
            }
        }
    }
}
