namespace Unikernel.FileSystem;

/// <summary>Linux's numbers for the errors of file operations, negated: results that are not negative are success.</summary>
public static class FileError
{
#pragma warning disable CS1591 // the names are POSIX's own
    public const int EPERM = -1;
    public const int ENOENT = -2;
    public const int ENXIO = -6;
    public const int EBADF = -9;
    public const int EAGAIN = -11;
    public const int EBUSY = -16;
    public const int EEXIST = -17;
    public const int EXDEV = -18;
    public const int ENOTDIR = -20;
    public const int EISDIR = -21;
    public const int EINVAL = -22;
    public const int EFBIG = -27;
    public const int ENOSPC = -28;
    public const int EROFS = -30;
    public const int ENAMETOOLONG = -36;
    public const int ENOTEMPTY = -39;
    public const int ELOOP = -40;
#pragma warning restore CS1591
}
