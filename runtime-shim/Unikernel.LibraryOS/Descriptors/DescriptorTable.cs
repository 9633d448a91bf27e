namespace Unikernel.LibraryOS;

/// <summary>
/// The program's file descriptors. 0, 1 and 2 are the console from the start, so a program that opens nothing has no more here.
/// </summary>
/// <remarks>
/// Look-ups take no lock: the base class library keeps a descriptor alive through its SafeHandle while it uses it, and the
/// garbage collector keeps the object alive even if a program closes a raw descriptor under another thread's feet.
/// </remarks>
public static class DescriptorTable
{
    // RLIMIT_NOFILE of a Linux container by default; beyond it the program sees EMFILE instead of eating the machine's memory.
    private const int Limit = 1 << 20;

    private static readonly Lock s_lock = new();
    private static OpenFile?[] s_files = [ConsoleFile.Input, ConsoleFile.Output, ConsoleFile.Error, null];
    private static int s_firstFree = 3;

    /// <summary>The object behind a descriptor, or null (EBADF).</summary>
    public static OpenFile? Find(nint descriptor)
    {
        OpenFile?[] files = Volatile.Read(ref s_files);
        return (nuint)descriptor < (nuint)files.Length ? files[descriptor] : null;
    }

    /// <summary>The open descriptors at this moment, in ascending order.</summary>
    public static List<int> List()
    {
        var open = new List<int>();
        OpenFile?[] files = Volatile.Read(ref s_files);
        for (int descriptor = 0; descriptor < files.Length; descriptor++)
        {
            if (files[descriptor] is not null)
                open.Add(descriptor);
        }

        return open;
    }

    /// <summary>Gives an object the lowest free descriptor. The table takes over one reference. -EMFILE: none is left.</summary>
    public static int Add(OpenFile file)
    {
        lock (s_lock)
        {
            OpenFile?[] files = s_files;
            int descriptor = s_firstFree;
            while (descriptor < files.Length && files[descriptor] is not null)
                descriptor++;
            if (descriptor == files.Length)
            {
                if (descriptor >= Limit)
                    return -Errno.EMFILE;
                var larger = new OpenFile?[files.Length * 2];
                files.CopyTo(larger, 0);
                Volatile.Write(ref s_files, files = larger);
            }

            files[descriptor] = file;
            s_firstFree = descriptor + 1;
            return descriptor;
        }
    }

    /// <summary>Closes a descriptor. The object goes with its last one.</summary>
    public static int Close(nint descriptor)
    {
        OpenFile? file;
        lock (s_lock)
        {
            file = Find(descriptor);
            if (file is null)
                return -Errno.EBADF;
            s_files[descriptor] = null;
            s_firstFree = Math.Min(s_firstFree, (int)descriptor);
        }

        file.ReleaseReference();
        return 0;
    }

    /// <summary>A second descriptor for the same object.</summary>
    public static int Duplicate(nint descriptor)
    {
        OpenFile? file = Find(descriptor);
        if (file is null || !file.TryAddReference())
            return -Errno.EBADF;
        int duplicate = Add(file);
        if (duplicate < 0)
            file.ReleaseReference();
        return duplicate;
    }
}
