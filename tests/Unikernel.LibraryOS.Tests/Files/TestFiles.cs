using System.Text;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The image's files in the tests: an archive as the SDK makes it.</summary>
internal static class TestFiles
{
    private static readonly Lock s_lock = new();

    public static void EnsureArchive()
    {
        lock (s_lock)
        {
            if (Core.Archive.Length == 0)
                Core.Archive = Cpio(("appsettings.json", 0x81A4, "{}"), ("wwwroot", 0x41ED, ""), ("wwwroot/index.html", 0x81A4, "<p>hi"), ("deep/er/file", 0x81A4, "x"), ("link", 0xA1FF, "wwwroot/index.html"));
        }
    }

    /// <summary>cpio's new ASCII format, written from its description and not from the reader.</summary>
    public static byte[] Cpio(params (string Name, int Mode, string Content)[] entries)
    {
        var archive = new MemoryStream();
        foreach ((string name, int mode, string content) in entries.Append(("TRAILER!!!", 0, "")))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(content), nameBytes = Encoding.UTF8.GetBytes(name + "\0");
            int[] fields = [1, mode, 0, 0, 1, 1_700_000_000, bytes.Length, 0, 0, 0, 0, nameBytes.Length, 0];
            archive.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => f.ToString("x8")))));
            archive.Write(nameBytes);
            Pad();
            archive.Write(bytes);
            Pad();
        }

        return archive.ToArray();

        void Pad()
        {
            while (archive.Length % 4 != 0)
                archive.WriteByte(0);
        }
    }
}
