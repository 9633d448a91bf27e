using System.Text;

namespace Unikernel.FileSystem;

/// <summary>Reads the archive of the image's files: cpio's "new ASCII" format (cpio(5), magic 070701).</summary>
public static unsafe class CpioArchive
{
    private const int HeaderLength = 110;
    private const int Alignment = 4;
    private const int TypeMask = 0xF000;
    private const int DirectoryType = 0x4000;
    private const int FileType = 0x8000;
    private const int LinkType = 0xA000;

    private static ReadOnlySpan<byte> Magic => "070701"u8;
    private static ReadOnlySpan<byte> Trailer => "TRAILER!!!"u8;

    /// <summary>Adds all entries below a directory, or below the root if the name begins with a slash. The files' bytes stay where they are.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged.</exception>
    public static void Load(DirectoryNode root, DirectoryNode directory, byte* archive, long length)
    {
        long at = 0;
        while (true)
        {
            if (length - at < HeaderLength || !new ReadOnlySpan<byte>(archive + at, 6).SequenceEqual(Magic))
                throw new InvalidDataException($"The image's file archive has no entry at offset {at} of {length}.");
            byte* header = archive + at;
            int mode = (int)Field(header, 1);
            DateTime modified = DateTime.UnixEpoch.AddSeconds(Field(header, 5));
            long size = Field(header, 6), nameLength = Field(header, 11);
            long data = Align(at + HeaderLength + nameLength);
            if (nameLength < 1 || data > length || size > length - data)
                throw new InvalidDataException($"The image's file archive has an entry at offset {at} that does not fit into {length} bytes.");
            var name = new ReadOnlySpan<byte>(header + HeaderLength, (int)nameLength - 1);
            if (name.SequenceEqual(Trailer))
                return;
            Add(name.StartsWith((byte)'/') ? root : directory, Encoding.UTF8.GetString(name), mode, modified, archive + data, size);
            at = Align(data + size);
        }
    }

    private static void Add(DirectoryNode root, string path, int mode, DateTime modified, byte* data, long size)
    {
        DirectoryNode directory = root;
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            string part = parts[i];
            if (part is "." or "..")
                continue;
            bool last = i == parts.Length - 1;
            if (directory.Entries.TryGetValue(part, out Node? existing))
            {
                if (existing is not DirectoryNode next)
                    return; // a name twice: the first one holds
                directory = next;
                continue;
            }

            int permissions = mode & 0xFFF;
            Node node = !last || (mode & TypeMask) == DirectoryType
                ? new DirectoryNode(last ? permissions : 0x1ED, modified, root.Volume, directory)
                : (mode & TypeMask) == LinkType
                    ? new SymbolicLinkNode(Encoding.UTF8.GetString(data, (int)size), modified, root.Volume)
                    : new ImageFileNode(data, size, permissions, modified, root.Volume);
            if (last && (mode & TypeMask) is not (DirectoryType or LinkType or FileType))
                return; // devices and the like have no meaning in an image
            directory.Add(part, node);
            if (node is DirectoryNode made)
            {
                directory.Links++;
                directory = made;
            }
        }
    }

    private static long Align(long offset) => (offset + Alignment - 1) & ~(long)(Alignment - 1);

    // Eight hexadecimal digits each, after the magic.
    private static long Field(byte* header, int index)
    {
        long value = 0;
        byte* digits = header + 6 + index * 8;
        for (int i = 0; i < 8; i++)
        {
            int digit = digits[i] | 0x20; // lower case; digits stay
            value = (value << 4) | (uint)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }

        return value;
    }
}
