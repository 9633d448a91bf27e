using System.Runtime.InteropServices;
using System.Text;
using Unikernel.Binding;
using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>What DriveInfo and limits of paths ask.</summary>
internal static unsafe class VolumeEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetAllMountPoints")]
    public static int GetMountPoints(delegate* unmanaged<void*, byte*, void> onFound, void* context)
    {
        foreach (Volume volume in ProgramFiles.Volumes)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(volume.Name + "\0"))
                onFound(context, name);
        }

        return 0;
    }

    /// <summary>struct MountPointInformation of pal_mount.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SpaceInformation
    {
        public ulong Available;
        public ulong Free;
        public ulong Total;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetSpaceInfoForMountPoint")]
    public static int GetSpace(byte* path, SpaceInformation* result)
    {
        *result = default;
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: true, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        ulong free = (ulong)Math.Max(0, node!.Volume.Limit - node.Volume.Used);
        *result = new SpaceInformation { Available = free, Free = free, Total = (ulong)node.Volume.Limit };
        return 0;
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetFileSystemTypeNameForMountPoint")]
    public static int GetTypeName(byte* path, byte* buffer, int size, long* type)
    {
        *type = -1;
        int error = ProgramFiles.Tree.Find(PathText.Read(path), followLast: true, out Node? node);
        if (error < 0)
            return Errno.Return(error);
        *type = node!.Volume.Type;
        return PathText.TryWrite(node.Volume.TypeName, buffer, size) ? 0 : Errno.Return(-Errno.ERANGE);
    }

    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_GetFileSystemType")]
    public static uint GetType(nint descriptor) => DescriptorTable.Find(descriptor) is TreeFile file ? file.Node.Volume.Type : 0;

    /// <summary>Limits by the portable names (pal_io.h, PathConfName).</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_PathConf")]
    public static int PathConf(byte* path, int name) => name switch
    {
        1 => int.MaxValue, // PC_LINK_MAX
        2 or 3 => 255,     // PC_MAX_CANON, PC_MAX_INPUT
        4 => 255,          // PC_NAME_MAX
        5 => 4096,         // PC_PATH_MAX
        6 => 4096,         // PC_PIPE_BUF
        7 or 8 => 1,       // PC_CHOWN_RESTRICTED, PC_NO_TRUNC
        9 => 0,            // PC_VDISABLE
        _ => Errno.Return(-Errno.EINVAL),
    };
}
