using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>An open file or directory of the tree.</summary>
internal sealed class TreeFile : OpenFile
{
    private readonly bool _readable;
    private readonly bool _writable;
    private readonly Lock _positionLock = new();
    private long _position;

    public TreeFile(Node node, bool readable, bool writable)
    {
        (Node, _readable, _writable) = ((node as FileNode)?.OpenContent() ?? node, readable, writable);
        (Node as FileNode)?.AddOpen();
    }

    public Node Node { get; }

    public bool IsWritable => _writable;

    public override long Read(Span<byte> buffer)
    {
        lock (_positionLock)
        {
            long count = ReadAt(buffer, _position);
            if (count > 0)
                _position += count;
            return count;
        }
    }

    public override long Write(ReadOnlySpan<byte> buffer)
    {
        lock (_positionLock)
        {
            long count = WriteAt(buffer, _position);
            if (count > 0)
                _position += count;
            return count;
        }
    }

    public override long ReadAt(Span<byte> buffer, long offset)
    {
        if (!_readable)
            return -Errno.EBADF;
        if (offset < 0)
            return -Errno.EINVAL;
        return Node is FileNode file ? Report(file.Read(buffer, offset), FileChange.Read) : -Errno.EISDIR;
    }

    public override long WriteAt(ReadOnlySpan<byte> buffer, long offset)
    {
        if (!_writable)
            return -Errno.EBADF;
        if (offset < 0)
            return -Errno.EINVAL;
        ProgramFiles.Tree.Change();
        return Node is FileNode file ? Report(file.Write(buffer, offset), FileChange.Written) : -Errno.EISDIR;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        lock (_positionLock)
        {
            long from = origin switch
            {
                SeekOrigin.Begin => 0,
                SeekOrigin.Current => _position,
                SeekOrigin.End => Node.Length,
                _ => -1,
            };
            if (from < 0 || from + offset < 0)
                return -Errno.EINVAL;
            return _position = from + offset;
        }
    }

    public override int SetLength(long length)
    {
        if (!_writable)
            return -Errno.EINVAL;
        if (Node is not FileNode file)
            return -Errno.EINVAL;
        ProgramFiles.Tree.Change();
        int error = file.SetLength(length);
        if (error == 0)
            ProgramFiles.Tree.Report(Node, FileChange.Written);
        return error;
    }

    private int Report(int count, FileChange change)
    {
        if (count > 0)
            ProgramFiles.Tree.Report(Node, change);
        return count;
    }

    public override int GetStatus(out FileStatus status)
    {
        status = NodeStatus.Of(Node);
        return 0;
    }

    protected override void OnClosed()
    {
        Node.Lock.Release(this);
        (Node as FileNode)?.RemoveOpen();
    }
}
