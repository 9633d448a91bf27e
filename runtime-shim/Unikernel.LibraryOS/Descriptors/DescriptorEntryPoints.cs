using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>Entry points that work on any descriptor.</summary>
internal static unsafe class DescriptorEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Read")]
    public static int Read(nint descriptor, byte* buffer, int count)
    {
        if (count < 0)
            return Errno.Return(-Errno.EINVAL);
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : (int)file.Read(new Span<byte>(buffer, count)));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Write")]
    public static int Write(nint descriptor, byte* buffer, int count)
    {
        if (count < 0)
            return Errno.Return(-Errno.ERANGE);
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : (int)file.Write(new ReadOnlySpan<byte>(buffer, count)));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Close")]
    public static int Close(nint descriptor) => Errno.Return(DescriptorTable.Close(descriptor));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Dup")]
    public static nint Dup(nint descriptor) => Errno.Return(DescriptorTable.Duplicate(descriptor));

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FStat")]
    public static int FStat(nint descriptor, FileStatus* output)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        return Errno.Return(file is null ? -Errno.EBADF : file.GetStatus(out *output));
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlGetIsNonBlocking")]
    public static int GetIsNonBlocking(nint descriptor, int* isNonBlocking)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        if (file is null)
            return Errno.Return(-Errno.EBADF);
        *isNonBlocking = file.NonBlocking ? 1 : 0;
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlSetIsNonBlocking")]
    public static int SetIsNonBlocking(nint descriptor, int isNonBlocking)
    {
        OpenFile? file = DescriptorTable.Find(descriptor);
        if (file is null)
            return Errno.Return(-Errno.EBADF);
        file.NonBlocking = isNonBlocking != 0;
        return 0;
    }

    // FD_CLOEXEC is the only descriptor flag, and there is no exec that it could act on.
    private const int CloseOnExec = 1;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlGetFD")]
    public static int GetDescriptorFlags(nint descriptor) =>
        Errno.Return(DescriptorTable.Find(descriptor) is null ? -Errno.EBADF : CloseOnExec);

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlSetFD")]
    public static int SetDescriptorFlags(nint descriptor, int flags) =>
        Errno.Return(DescriptorTable.Find(descriptor) is null ? -Errno.EBADF : 0);
}
