using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>
/// The one user and the one process. There is nobody to tell apart, so everything runs as root with process id 1, as the first
/// program of a container does.
/// </summary>
internal static unsafe class UserEntryPoints
{
    private const int ProcessId = 1;
    private const uint Root = 0;

    private static ReadOnlySpan<byte> UserName => "root"u8;
    private static ReadOnlySpan<byte> HomeDirectory => "/root"u8;
    private static ReadOnlySpan<byte> Shell => "/bin/false"u8;

    /// <summary>An entry of the user database (pal_uid.h, Passwd).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Passwd
    {
        public byte* Name;
        public byte* Password;
        public uint UserId;
        public uint GroupId;
        public byte* UserInfo;
        public byte* HomeDirectory;
        public byte* Shell;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPid")]
    public static int GetPid() => ProcessId;

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetEUid")]
    public static uint GetEUid() => Root;

    /// <summary>Nobody to change to: root stays root, and another user is refused as to who may not.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_SetEUid")]
    public static int SetEUid(uint user) => Errno.Return(user == Root ? 0 : -Errno.EPERM);

    /// <summary>Who is at the other end of a Unix domain socket (SO_PEERCRED).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPeerID")]
    public static int GetPeerId(nint descriptor, uint* user)
    {
        *user = Root;
        return Errno.Return(DescriptorTable.Find(descriptor) is null ? -Errno.EBADF : 0);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetEGid")]
    public static uint GetEGid() => Root;

    /// <summary>One group, or with room for none only their number.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetGroups")]
    public static int GetGroups(int room, uint* groups)
    {
        if (room > 0)
            *groups = Root;
        return room < 0 ? Errno.Return(-Errno.EINVAL) : 1;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetGroupName")]
    public static byte* GetGroupName(uint group) => group == Root ? NativeText.Allocate(UserName) : null;

    /// <returns>0, -1 for no such user, or an error number.</returns>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPwUidR")]
    public static int GetPwUidR(uint user, Passwd* entry, byte* buffer, int length) =>
        user == Root ? FillIn(entry, new Span<byte>(buffer, length), buffer) : NotFound(entry);

    /// <inheritdoc cref="GetPwUidR"/>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetPwNamR")]
    public static int GetPwNamR(byte* name, Passwd* entry, byte* buffer, int length) =>
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name).SequenceEqual(UserName)
            ? FillIn(entry, new Span<byte>(buffer, length), buffer)
            : NotFound(entry);

    private static int NotFound(Passwd* entry)
    {
        *entry = default;
        return -1;
    }

    private static int FillIn(Passwd* entry, Span<byte> buffer, byte* start)
    {
        *entry = default;
        int home = UserName.Length + 1, shell = home + HomeDirectory.Length + 1;
        if (!NativeText.TryCopy(UserName, buffer) || !NativeText.TryCopy(HomeDirectory, buffer[home..]) ||
            !NativeText.TryCopy(Shell, buffer[shell..]))
            return Errno.ERANGE;
        byte* empty = start + home - 1; // the terminator of the name
        *entry = new Passwd
        {
            Name = start,
            Password = empty,
            UserInfo = empty,
            HomeDirectory = start + home,
            Shell = start + shell,
        };
        return 0;
    }
}
