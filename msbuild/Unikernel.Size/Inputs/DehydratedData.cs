using System.Buffers.Binary;

namespace Unikernel.Size.Inputs;

/// <summary>
/// ILC's dehydrated data: method tables, frozen objects and dictionaries as commands that write them to .hydrated when the program starts
/// (dotnet/runtime, src/coreclr/tools/Common/Internal/Runtime/DehydratedData.cs and .../DependencyAnalysis/DehydratedDataNode.cs).
/// </summary>
public static class DehydratedData
{
    /// <summary>A command: its place and length in the stream, and the address that it writes to.</summary>
    public readonly record struct Command(int Offset, int Length, ulong Target);

    private const int Copy = 0, ZeroFill = 1, RelPtr32 = 2, Ptr = 3, InlineRelPtr32 = 4, InlinePtr = 5;
    private const int HeaderLength = 4; // the place of the first byte to write, relative to itself
    private const int MaximumShortPayload = 28;

    /// <summary>Length of what stands before the commands.</summary>
    public static int Header => HeaderLength;

    /// <summary>
    /// The commands of a stream that lies at an address; null when it is none that this reader knows. They end when the place that they write is full;
    /// what follows is the table of addresses that they refer to.
    /// </summary>
    public static List<Command>? Decode(ReadOnlySpan<byte> stream, ulong address, ulong targetEnd)
    {
        if (stream.Length < HeaderLength)
            return null;
        ulong target = address + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(stream);
        var commands = new List<Command>();
        int at = HeaderLength;
        while (at < stream.Length && target < targetEnd)
        {
            int start = at;
            int kind = stream[at] & 7;
            int payload = stream[at++] >> 3;
            int extra = payload - MaximumShortPayload;
            if (extra > 0)
            {
                if (at + extra > stream.Length)
                    return null;
                payload = MaximumShortPayload;
                for (int i = 0; i < extra; i++)
                    payload += stream[at++] << (8 * i);
            }

            ulong written;
            switch (kind)
            {
                case Copy: written = (ulong)payload; at += payload; break;
                case ZeroFill: written = (ulong)payload; break;
                case RelPtr32: written = 4; break;
                case Ptr: written = 8; break;
                case InlineRelPtr32: written = 4 * (ulong)payload; at += 4 * payload; break;
                case InlinePtr: written = 8 * (ulong)payload; at += 4 * payload; break;
                default: return null;
            }

            if (at > stream.Length)
                return null;
            commands.Add(new Command(start, at - start, target));
            target += written;
        }

        return target == targetEnd ? commands : null;
    }
}
