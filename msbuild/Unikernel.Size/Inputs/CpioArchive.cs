using System.Globalization;
using System.Text;

namespace Unikernel.Size.Inputs;

/// <summary>The files that a program carries: an archive in cpio's "newc" format.</summary>
public static class CpioArchive
{
    private const int HeaderLength = 110;

    /// <summary>A file of the archive with its header, name and padding.</summary>
    public readonly record struct Entry(string Name, int Offset, int Length);

    /// <summary>The entries; ends early at bytes that are none.</summary>
    public static List<Entry> Read(ReadOnlySpan<byte> archive)
    {
        var entries = new List<Entry>();
        int at = 0;
        while (at + HeaderLength <= archive.Length && archive.Slice(at, 6).SequenceEqual("070701"u8))
        {
            if (!Field(archive, at, 6, out int length) || !Field(archive, at, 11, out int nameLength) || nameLength < 1)
                break;
            long content = Align(at + HeaderLength + (long)nameLength);
            long end = Align(content + length);
            if (end > archive.Length)
                break;
            string name = Encoding.UTF8.GetString(archive.Slice(at + HeaderLength, nameLength - 1));
            entries.Add(new Entry(name, at, (int)end - at));
            at = (int)end;
        }

        return entries;
    }

    private static bool Field(ReadOnlySpan<byte> archive, int entry, int index, out int value) =>
        int.TryParse(archive.Slice(entry + 6 + (8 * index), 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0;

    private static long Align(long at) => (at + 3) & ~3L;
}
