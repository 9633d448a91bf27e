using System.Runtime.InteropServices;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The file calls that are compared.</summary>
internal unsafe interface ICalls
{
    int LastError { get; }
    nint Open(byte* path, int flags, int mode);
    int Close(nint descriptor);
    int Read(nint descriptor, byte* buffer, int count);
    int Write(nint descriptor, byte* buffer, int count);
    int PRead(nint descriptor, byte* buffer, int count, long offset);
    int PWrite(nint descriptor, byte* buffer, int count, long offset);
    int FTruncate(nint descriptor, long length);
    int MkDir(byte* path, int mode);
    int RmDir(byte* path);
    int Unlink(byte* path);
    int Rename(byte* from, byte* to);
    int Link(byte* source, byte* link);
    int SymLink(byte* target, byte* link);
    int Stat(byte* path, FileStatus* status);
    int LStat(byte* path, FileStatus* status);
    int Access(byte* path, int mode);
    int ChMod(byte* path, int mode);
    int ReadLink(byte* path, byte* buffer, int size);
    byte* RealPath(byte* path);
    nint OpenDir(byte* path);
    int ReadDir(nint stream, DirectoryEntryPoints.DirectoryEntry* entry);
    int CloseDir(nint stream);
    nint INotifyInit();
    int INotifyAddWatch(nint descriptor, byte* path, uint mask);
    int INotifyRemoveWatch(nint descriptor, int watch);
}

/// <summary>The library OS.</summary>
internal sealed unsafe class OurCalls : ICalls
{
    public int LastError => Core.ErrorNumber;
    public nint Open(byte* path, int flags, int mode) => OpenEntryPoints.Open(path, flags, mode);
    public int Close(nint descriptor) => DescriptorEntryPoints.Close(descriptor);
    public int Read(nint descriptor, byte* buffer, int count) => DescriptorEntryPoints.Read(descriptor, buffer, count);
    public int Write(nint descriptor, byte* buffer, int count) => DescriptorEntryPoints.Write(descriptor, buffer, count);
    public int PRead(nint descriptor, byte* buffer, int count, long offset) => OpenEntryPoints.ReadAt(descriptor, buffer, count, offset);
    public int PWrite(nint descriptor, byte* buffer, int count, long offset) => OpenEntryPoints.WriteAt(descriptor, buffer, count, offset);
    public int FTruncate(nint descriptor, long length) => OpenEntryPoints.SetLength(descriptor, length);
    public int MkDir(byte* path, int mode) => NameEntryPoints.MakeDirectory(path, mode);
    public int RmDir(byte* path) => NameEntryPoints.RemoveDirectory(path);
    public int Unlink(byte* path) => NameEntryPoints.Unlink(path);
    public int Rename(byte* from, byte* to) => NameEntryPoints.Rename(from, to);
    public int Link(byte* source, byte* link) => NameEntryPoints.Link(source, link);
    public int SymLink(byte* target, byte* link) => NameEntryPoints.SymLink(target, link);
    public int Stat(byte* path, FileStatus* status) => NameEntryPoints.Stat(path, status);
    public int LStat(byte* path, FileStatus* status) => NameEntryPoints.LStat(path, status);
    public int Access(byte* path, int mode) => NameEntryPoints.Access(path, mode);
    public int ChMod(byte* path, int mode) => AttributeEntryPoints.ChangeMode(path, mode);
    public int ReadLink(byte* path, byte* buffer, int size) => NameEntryPoints.ReadLink(path, buffer, size);
    public byte* RealPath(byte* path) => NameEntryPoints.RealPath(path);
    public nint OpenDir(byte* path) => DirectoryEntryPoints.Open(path);
    public int ReadDir(nint stream, DirectoryEntryPoints.DirectoryEntry* entry) => DirectoryEntryPoints.Read(stream, entry);
    public int CloseDir(nint stream) => DirectoryEntryPoints.Close(stream);
    public nint INotifyInit() => WatcherEntryPoints.Create();
    public int INotifyAddWatch(nint descriptor, byte* path, uint mask) => WatcherEntryPoints.Add(descriptor, path, mask);
    public int INotifyRemoveWatch(nint descriptor, int watch) => WatcherEntryPoints.Remove(descriptor, watch);
}

/// <summary>The runtime's own library on the host.</summary>
internal sealed unsafe class RealCalls : ICalls
{
    private const string Library = "libSystem.Native";

    public int LastError => Marshal.GetLastPInvokeError();
    public nint Open(byte* path, int flags, int mode) => NativeOpen(path, flags, mode);
    public int Close(nint descriptor) => NativeClose(descriptor);
    public int Read(nint descriptor, byte* buffer, int count) => NativeRead(descriptor, buffer, count);
    public int Write(nint descriptor, byte* buffer, int count) => NativeWrite(descriptor, buffer, count);
    public int PRead(nint descriptor, byte* buffer, int count, long offset) => NativePRead(descriptor, buffer, count, offset);
    public int PWrite(nint descriptor, byte* buffer, int count, long offset) => NativePWrite(descriptor, buffer, count, offset);
    public int FTruncate(nint descriptor, long length) => NativeFTruncate(descriptor, length);
    public int MkDir(byte* path, int mode) => NativeMkDir(path, mode);
    public int RmDir(byte* path) => NativeRmDir(path);
    public int Unlink(byte* path) => NativeUnlink(path);
    public int Rename(byte* from, byte* to) => NativeRename(from, to);
    public int Link(byte* source, byte* link) => NativeLink(source, link);
    public int SymLink(byte* target, byte* link) => NativeSymLink(target, link);
    public int Stat(byte* path, FileStatus* status) => NativeStat(path, status);
    public int LStat(byte* path, FileStatus* status) => NativeLStat(path, status);
    public int Access(byte* path, int mode) => NativeAccess(path, mode);
    public int ChMod(byte* path, int mode) => NativeChMod(path, mode);
    public int ReadLink(byte* path, byte* buffer, int size) => NativeReadLink(path, buffer, size);
    public byte* RealPath(byte* path) => NativeRealPath(path);
    public nint OpenDir(byte* path) => NativeOpenDir(path);
    public int ReadDir(nint stream, DirectoryEntryPoints.DirectoryEntry* entry) => NativeReadDir(stream, entry);
    public int CloseDir(nint stream) => NativeCloseDir(stream);
    public nint INotifyInit() => NativeINotifyInit();
    public int INotifyAddWatch(nint descriptor, byte* path, uint mask) => NativeINotifyAddWatch(descriptor, path, mask);
    public int INotifyRemoveWatch(nint descriptor, int watch) => NativeINotifyRemoveWatch(descriptor, watch);

    [DllImport(Library, EntryPoint = "SystemNative_Open", SetLastError = true)] private static extern nint NativeOpen(byte* path, int flags, int mode);
    [DllImport(Library, EntryPoint = "SystemNative_Close", SetLastError = true)] private static extern int NativeClose(nint fd);
    [DllImport(Library, EntryPoint = "SystemNative_Read", SetLastError = true)] private static extern int NativeRead(nint fd, byte* buffer, int count);
    [DllImport(Library, EntryPoint = "SystemNative_Write", SetLastError = true)] private static extern int NativeWrite(nint fd, byte* buffer, int count);
    [DllImport(Library, EntryPoint = "SystemNative_PRead", SetLastError = true)] private static extern int NativePRead(nint fd, byte* buffer, int count, long offset);
    [DllImport(Library, EntryPoint = "SystemNative_PWrite", SetLastError = true)] private static extern int NativePWrite(nint fd, byte* buffer, int count, long offset);
    [DllImport(Library, EntryPoint = "SystemNative_FTruncate", SetLastError = true)] private static extern int NativeFTruncate(nint fd, long length);
    [DllImport(Library, EntryPoint = "SystemNative_MkDir", SetLastError = true)] private static extern int NativeMkDir(byte* path, int mode);
    [DllImport(Library, EntryPoint = "SystemNative_RmDir", SetLastError = true)] private static extern int NativeRmDir(byte* path);
    [DllImport(Library, EntryPoint = "SystemNative_Unlink", SetLastError = true)] private static extern int NativeUnlink(byte* path);
    [DllImport(Library, EntryPoint = "SystemNative_Rename", SetLastError = true)] private static extern int NativeRename(byte* from, byte* to);
    [DllImport(Library, EntryPoint = "SystemNative_Link", SetLastError = true)] private static extern int NativeLink(byte* source, byte* link);
    [DllImport(Library, EntryPoint = "SystemNative_SymLink", SetLastError = true)] private static extern int NativeSymLink(byte* target, byte* link);
    [DllImport(Library, EntryPoint = "SystemNative_Stat", SetLastError = true)] private static extern int NativeStat(byte* path, FileStatus* status);
    [DllImport(Library, EntryPoint = "SystemNative_LStat", SetLastError = true)] private static extern int NativeLStat(byte* path, FileStatus* status);
    [DllImport(Library, EntryPoint = "SystemNative_Access", SetLastError = true)] private static extern int NativeAccess(byte* path, int mode);
    [DllImport(Library, EntryPoint = "SystemNative_ChMod", SetLastError = true)] private static extern int NativeChMod(byte* path, int mode);
    [DllImport(Library, EntryPoint = "SystemNative_ReadLink", SetLastError = true)] private static extern int NativeReadLink(byte* path, byte* buffer, int size);
    [DllImport(Library, EntryPoint = "SystemNative_RealPath", SetLastError = true)] private static extern byte* NativeRealPath(byte* path);
    [DllImport(Library, EntryPoint = "SystemNative_OpenDir", SetLastError = true)] private static extern nint NativeOpenDir(byte* path);
    [DllImport(Library, EntryPoint = "SystemNative_ReadDir", SetLastError = true)] private static extern int NativeReadDir(nint stream, DirectoryEntryPoints.DirectoryEntry* entry);
    [DllImport(Library, EntryPoint = "SystemNative_CloseDir", SetLastError = true)] private static extern int NativeCloseDir(nint stream);
    [DllImport(Library, EntryPoint = "SystemNative_INotifyInit", SetLastError = true)] private static extern nint NativeINotifyInit();
    [DllImport(Library, EntryPoint = "SystemNative_INotifyAddWatch", SetLastError = true)] private static extern int NativeINotifyAddWatch(nint fd, byte* path, uint mask);
    [DllImport(Library, EntryPoint = "SystemNative_INotifyRemoveWatch", SetLastError = true)] private static extern int NativeINotifyRemoveWatch(nint fd, int watch);
}
