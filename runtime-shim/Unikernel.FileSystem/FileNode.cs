namespace Unikernel.FileSystem;

/// <summary>A file of bytes, wherever they are.</summary>
public abstract class FileNode(int permissions, DateTime now, Volume volume) : Node(NodeKind.File, permissions, now, volume)
{
    /// <summary>Reads at an offset; 0 at and beyond the end.</summary>
    public abstract int Read(Span<byte> buffer, long offset);

    /// <summary>Writes at an offset; the count, or a negative error.</summary>
    public abstract int Write(ReadOnlySpan<byte> buffer, long offset);

    /// <summary>Cuts or extends (with zeros); 0 or a negative error.</summary>
    public abstract int SetLength(long length);

    /// <summary>What an open file reads and writes: the file itself, unless its content is made for each.</summary>
    public virtual FileNode OpenContent() => this;

    /// <summary>The last name and the last descriptor are gone.</summary>
    public virtual void Discard() { }

    private int _openCount;

    /// <summary>How many open files refer to it: its bytes live as long as one does, with or without a name.</summary>
    public void AddOpen() => Interlocked.Increment(ref _openCount);

    /// <summary>An open file no longer refers to it.</summary>
    public void RemoveOpen()
    {
        if (Interlocked.Decrement(ref _openCount) == 0 && Links == 0)
            Discard();
    }

    /// <summary>A name is gone.</summary>
    internal void RemoveLink()
    {
        if (--Links == 0 && Volatile.Read(ref _openCount) == 0)
            Discard();
    }
}

/// <summary>A file of the image: bytes that are where the linker put them.</summary>
public sealed unsafe class ImageFileNode(byte* data, long length, int permissions, DateTime modified, Volume volume)
    : FileNode(permissions, modified, volume)
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer, long offset)
    {
        if (offset >= length)
            return 0;
        int count = (int)Math.Min(buffer.Length, length - offset);
        new ReadOnlySpan<byte>(data + offset, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> buffer, long offset) => FileError.EROFS;

    /// <inheritdoc/>
    public override int SetLength(long length) => FileError.EROFS;
}

/// <summary>
/// A file in memory: blocks that exist only where something was written. The first one is as long as it needs to be, so that many small files cost
/// little.
/// </summary>
public sealed class MemoryFileNode(int permissions, DateTime now, Volume volume) : FileNode(permissions, now, volume)
{
    /// <summary>Bytes in a block: below the large object heap's threshold, so that big files do not copy.</summary>
    public const int BlockSize = 16 * 1024;

    // What the first block begins with; a name and its node take about as much again.
    private const int SmallestBlock = 512;

    // What a sparse file may claim to be: 1 TB of blocks is a table of 64 M entries, already more than a machine here has.
    private const long MaximumLength = 1L << 40;

    private readonly Lock _lock = new();
    private byte[]?[] _blocks = [];
    private long _length;

    /// <inheritdoc/>
    public override long Length
    {
        get
        {
            lock (_lock)
                return _length;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer, long offset)
    {
        lock (_lock)
        {
            if (offset >= _length)
                return 0;
            int count = (int)Math.Min(buffer.Length, _length - offset);
            for (int done = 0; done < count;)
            {
                (int block, int start, int chunk) = Locate(offset + done, count - done);
                ReadOnlySpan<byte> stored = block < _blocks.Length ? _blocks[block] : null;
                stored = stored[Math.Min(start, stored.Length)..];
                stored = stored[..Math.Min(chunk, stored.Length)];
                stored.CopyTo(buffer[done..]);
                buffer.Slice(done + stored.Length, chunk - stored.Length).Clear();
                done += chunk;
            }

            return count;
        }
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> buffer, long offset)
    {
        if (offset < 0 || offset > MaximumLength - buffer.Length)
            return FileError.EFBIG;
        lock (_lock)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                (int block, int start, int chunk) = Locate(offset + done, buffer.Length - done);
                if (!TryGetBlock(block, start + chunk, out byte[]? bytes))
                    break;
                buffer.Slice(done, chunk).CopyTo(bytes.AsSpan(start));
                done += chunk;
            }

            _length = Math.Max(_length, done > 0 ? offset + done : 0);
            Modified = Changed = DateTime.UtcNow;
            return done == 0 && !buffer.IsEmpty ? FileError.ENOSPC : done;
        }
    }

    /// <inheritdoc/>
    public override int SetLength(long length)
    {
        if (length < 0)
            return FileError.EINVAL;
        if (length > MaximumLength)
            return FileError.EFBIG;
        lock (_lock)
        {
            if (length < _length)
                Cut(length);
            _length = length;
            Modified = Changed = DateTime.UtcNow;
            return 0;
        }
    }

    /// <summary>
    /// Makes sure that a range can be written without running out of room. The length stays, as with fallocate(2)'s
    /// FALLOC_FL_KEEP_SIZE, which System.Native asks for (pal_io.c).
    /// </summary>
    public int Reserve(long offset, long length)
    {
        if (offset < 0 || length <= 0)
            return FileError.EINVAL;
        if (offset > MaximumLength - length)
            return FileError.EFBIG;
        lock (_lock)
        {
            if (offset + length - _length > Volume.Limit - Volume.Used)
                return FileError.ENOSPC;
            for (long at = offset; at < offset + length; at += BlockSize)
            {
                if (!TryGetBlock((int)(at / BlockSize), (int)Math.Min(BlockSize, offset + length - at), out _))
                    return FileError.ENOSPC;
            }

            return 0;
        }
    }

    /// <inheritdoc/>
    public override void Discard()
    {
        lock (_lock)
        {
            Cut(0);
            _length = 0;
        }
    }

    private static (int Block, int Start, int Count) Locate(long offset, int count)
    {
        int start = (int)(offset % BlockSize);
        return ((int)(offset / BlockSize), start, Math.Min(count, BlockSize - start));
    }

    /// <summary>The block, with room for so many bytes.</summary>
    private bool TryGetBlock(int index, int needed, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? block)
    {
        block = index < _blocks.Length ? _blocks[index] : null;
        int held = block?.Length ?? 0;
        if (block is not null && held >= needed)
            return true;
        int size = index == 0 ? Math.Max(SmallestBlock, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed)) : BlockSize;
        if (!Volume.TryTake(size - held))
            return false;
        if (index >= _blocks.Length)
            Array.Resize(ref _blocks, Math.Max(index + 1, _blocks.Length * 2));
        byte[] grown = new byte[size];
        block?.CopyTo(grown, 0);
        _blocks[index] = block = grown;
        return true;
    }

    private void Cut(long length)
    {
        int keep = (int)((length + BlockSize - 1) / BlockSize);
        for (int i = keep; i < _blocks.Length; i++)
        {
            if (_blocks[i] is { } block)
                Volume.Return(block.Length);
            _blocks[i] = null;
        }

        // What is beyond the new end must read as zeros when the file grows again.
        if (length % BlockSize is > 0 and long rest && keep <= _blocks.Length && _blocks[keep - 1] is { } last && rest < last.Length)
            last.AsSpan((int)rest).Clear();
    }
}
