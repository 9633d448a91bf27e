namespace Unikernel.FileSystem;

/// <summary>A file whose content is made when it is opened, as the files of Linux's /proc are.</summary>
public sealed class GeneratedFileNode(Func<byte[]> generate, DateTime now, Volume volume) : FileNode(0x124, now, volume)
{
    /// <inheritdoc/>
    public override long Length => 0;

    /// <inheritdoc/>
    public override FileNode OpenContent() => new Content(generate(), Changed, Volume);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer, long offset) => throw new InvalidOperationException("Only what was opened can be read.");

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> buffer, long offset) => FileError.EROFS;

    /// <inheritdoc/>
    public override int SetLength(long length) => FileError.EROFS;

    private sealed class Content(byte[] bytes, DateTime now, Volume volume) : FileNode(0x124, now, volume)
    {
        public override long Length => bytes.Length;

        public override int Read(Span<byte> buffer, long offset)
        {
            if (offset >= bytes.Length)
                return 0;
            ReadOnlySpan<byte> rest = bytes.AsSpan((int)offset);
            rest = rest[..Math.Min(rest.Length, buffer.Length)];
            rest.CopyTo(buffer);
            return rest.Length;
        }

        public override int Write(ReadOnlySpan<byte> buffer, long offset) => FileError.EROFS;

        public override int SetLength(long length) => FileError.EROFS;
    }
}
