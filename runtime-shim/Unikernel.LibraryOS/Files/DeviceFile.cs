using Unikernel.FileSystem;

namespace Unikernel.LibraryOS;

/// <summary>/dev/null, /dev/zero, /dev/random and /dev/urandom (null(4), random(4)).</summary>
internal sealed class DeviceFile(DeviceNode node) : OpenFile
{
    public override long Read(Span<byte> buffer)
    {
        switch (node.Name)
        {
            case "null":
                return 0;
            case "zero":
                buffer.Clear();
                return buffer.Length;
            default:
                Core.FillEntropy(buffer);
                return buffer.Length;
        }
    }

    public override long Write(ReadOnlySpan<byte> buffer) => buffer.Length;

    public override long ReadAt(Span<byte> buffer, long offset) => Read(buffer);

    public override long WriteAt(ReadOnlySpan<byte> buffer, long offset) => buffer.Length;

    public override long Seek(long offset, SeekOrigin origin) => 0;

    public override int GetStatus(out FileStatus status)
    {
        status = NodeStatus.Of(node);
        return 0;
    }
}
