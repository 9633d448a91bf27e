using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>Anonymous pipes inside the program.</summary>
internal static unsafe class PipeEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Pipe")]
    public static int Create(int* descriptors, int flags)
    {
        var pipe = new Pipe();
        int reader = DescriptorTable.Add(pipe.Reader);
        if (reader < 0)
            return Errno.Return(reader);
        int writer = DescriptorTable.Add(pipe.Writer);
        if (writer < 0)
        {
            DescriptorTable.Close(reader);
            return Errno.Return(writer);
        }

        descriptors[0] = reader;
        descriptors[1] = writer;
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlCanGetSetPipeSz")]
    public static int CanGetSetSize() => 1;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlGetPipeSz")]
    public static int GetSize(nint descriptor) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        IPipeEnd end => end.Pipe.Capacity,
        _ => -Errno.EBADF,
    });

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_FcntlSetPipeSz")]
    public static int SetSize(nint descriptor, int size) => Errno.Return(DescriptorTable.Find(descriptor) switch
    {
        IPipeEnd end => end.Pipe.SetCapacity(size),
        _ => -Errno.EBADF,
    });
}
