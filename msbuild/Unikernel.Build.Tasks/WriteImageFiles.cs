using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Writes the files that publish would put beside the program as one archive in the "newc" format of cpio (`cpio -o -H newc`; the kernel's
/// Documentation/driver-api/early-userspace/buffer-format.rst), which the library OS mounts read-only at AppContext.BaseDirectory.
/// </summary>
/// <remarks>
/// The archive depends on names and contents only, so that two publishes of one project give the same image. Web servers make an ETag of length and
/// time of change: so the time is made of the content, somewhere in the years 2000 to 2019.
/// </remarks>
public sealed class WriteImageFiles : Task
{
    private const int Directory = 0x41ED, RegularFile = 0x8124; // S_IFDIR | 0755, S_IFREG | 0444

    /// <summary>The archive; left alone when it has this content already.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The files, with their place below the program's folder as metadata RelativePath.</summary>
    [Required]
    public ITaskItem[] Files { get; set; } = [];

    /// <summary>Length of the archive.</summary>
    [Output]
    public int Length { get; set; }

    public override bool Execute()
    {
        var archive = new MemoryStream();
        var contents = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (ITaskItem file in Files)
        {
            string name = file.GetMetadata("RelativePath").Replace('\\', '/');
            contents[name] = File.ReadAllBytes(file.ItemSpec);
            for (int slash = name.LastIndexOf('/'); slash > 0; slash = name.LastIndexOf('/', slash - 1))
                contents.TryAdd(name[..slash], null); // a folder sorts before what is in it
        }

        int inode = 1;
        foreach ((string name, byte[]? content) in contents)
            WriteEntry(archive, name, content is null ? Directory : RegularFile, inode++, content ?? []);
        WriteEntry(archive, "TRAILER!!!", 0, 0, []);

        byte[] bytes = archive.ToArray();
        Length = bytes.Length;
        if (!File.Exists(OutputFile) || !File.ReadAllBytes(OutputFile).AsSpan().SequenceEqual(bytes))
            File.WriteAllBytes(OutputFile, bytes);
        return true;
    }

    private static void WriteEntry(MemoryStream archive, string name, int mode, int inode, byte[] content)
    {
        byte[] path = Encoding.UTF8.GetBytes(name + "\0");
        int links = mode == Directory ? 2 : 1;
        uint time = mode == 0 ? 0 : TimeOf(content);
        ReadOnlySpan<uint> fields = [(uint)inode, (uint)mode, 0, 0, (uint)links, time, (uint)content.Length, 0, 0, 0, 0, (uint)path.Length, 0];
        var header = new StringBuilder("070701");
        foreach (uint field in fields)
            header.Append(field.ToString("X8", CultureInfo.InvariantCulture));
        archive.Write(Encoding.ASCII.GetBytes(header.ToString()));
        archive.Write(path);
        Pad(archive);
        archive.Write(content);
        Pad(archive);
    }

    private static uint TimeOf(byte[] content)
    {
        const uint Year2000 = 946_684_800, TwentyYears = 631_152_000;
        return Year2000 + BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(content)) % TwentyYears;
    }

    private static void Pad(MemoryStream archive)
    {
        while (archive.Length % 4 != 0)
            archive.WriteByte(0);
    }
}
