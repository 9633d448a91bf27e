using System.Text;

namespace Unikernel.Guest;

/// <summary>The static methods of File, and FileInfo.</summary>
internal static class FileCases
{
    public static void Run()
    {
        foreach (int size in (int[])[0, 1, 4095, 4096, 4097, 65536, 1_000_000])
        {
            Scratch.Case($"bytes {size}", f =>
            {
                byte[] data = new byte[size];
                new Random(size).NextBytes(data);
                File.WriteAllBytes(f + "/a", data);
                return $"{File.ReadAllBytes(f + "/a").AsSpan().SequenceEqual(data)} {new FileInfo(f + "/a").Length}";
            });
        }

        Scratch.Case("creation time", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.SetLastWriteTimeUtc(f + "/a", new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
            return File.GetCreationTimeUtc(f + "/a").ToString("s");
        });
        Scratch.Case("text", f =>
        {
            File.WriteAllText(f + "/a", "žluť\n€");
            return $"{File.ReadAllText(f + "/a")} {new FileInfo(f + "/a").Length}";
        });
        Scratch.Case("lines", f =>
        {
            File.WriteAllLines(f + "/a", ["one", "", "three"]);
            return $"{string.Join('|', File.ReadLines(f + "/a"))} {File.ReadAllLines(f + "/a").Length}";
        });
        Scratch.Case("append", f =>
        {
            File.AppendAllText(f + "/a", "1");
            File.AppendAllText(f + "/a", "2");
            File.AppendAllLines(f + "/a", ["3"]);
            return File.ReadAllText(f + "/a");
        });
        Scratch.Case("overwrite is shorter", f =>
        {
            File.WriteAllText(f + "/a", "a long text");
            File.WriteAllText(f + "/a", "short");
            return File.ReadAllText(f + "/a");
        });
        Scratch.Case("asynchronous", f =>
        {
            File.WriteAllTextAsync(f + "/a", "async").Wait();
            return File.ReadAllTextAsync(f + "/a").Result;
        });
        Scratch.Case("exists", f =>
        {
            File.WriteAllText(f + "/a", "");
            return $"{File.Exists(f + "/a")} {File.Exists(f + "/b")} {File.Exists(f)} {Directory.Exists(f + "/a")}";
        });
        Scratch.Case("delete", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.Delete(f + "/a");
            File.Delete(f + "/a");
            return File.Exists(f + "/a");
        });
        Scratch.Case("move", f =>
        {
            File.WriteAllText(f + "/a", "moved");
            File.Move(f + "/a", f + "/b");
            return $"{File.Exists(f + "/a")} {File.ReadAllText(f + "/b")}";
        });
        Scratch.Case("move over", f =>
        {
            File.WriteAllText(f + "/a", "new");
            File.WriteAllText(f + "/b", "old");
            File.Move(f + "/a", f + "/b", overwrite: true);
            return File.ReadAllText(f + "/b");
        });
        Scratch.Case("copy", f =>
        {
            File.WriteAllText(f + "/a", "copied");
            File.Copy(f + "/a", f + "/b");
            return File.ReadAllText(f + "/a") + File.ReadAllText(f + "/b");
        });
        Scratch.Case("replace", f =>
        {
            File.WriteAllText(f + "/a", "new");
            File.WriteAllText(f + "/b", "old");
            File.Replace(f + "/a", f + "/b", f + "/c");
            return $"{File.ReadAllText(f + "/b")} {File.ReadAllText(f + "/c")} {File.Exists(f + "/a")}";
        });
        Scratch.Case("times can be set", f =>
        {
            File.WriteAllText(f + "/a", "");
            DateTime then = new(2020, 2, 29, 1, 2, 3, DateTimeKind.Utc);
            File.SetLastWriteTimeUtc(f + "/a", then);
            File.SetLastAccessTimeUtc(f + "/a", then.AddDays(1));
            return $"{File.GetLastWriteTimeUtc(f + "/a"):O} {File.GetLastAccessTimeUtc(f + "/a"):O}";
        });
        Scratch.Case("write time moves", f =>
        {
            File.WriteAllText(f + "/a", "");
            DateTime before = File.GetLastWriteTimeUtc(f + "/a");
            Thread.Sleep(30);
            File.AppendAllText(f + "/a", "x");
            return File.GetLastWriteTimeUtc(f + "/a") > before;
        });
        Scratch.Case("absent file's time", f => File.GetLastWriteTimeUtc(f + "/absent").ToString("O"));
        Scratch.Case("mode", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.SetUnixFileMode(f + "/a", UnixFileMode.UserRead | UnixFileMode.GroupRead);
            return File.GetUnixFileMode(f + "/a");
        });
        Scratch.Case("read-only attribute", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.SetAttributes(f + "/a", FileAttributes.ReadOnly);
            FileAttributes attributes = File.GetAttributes(f + "/a");
            File.SetAttributes(f + "/a", FileAttributes.Normal);
            return $"{attributes} {File.GetAttributes(f + "/a")}";
        });
        Scratch.Case("hidden by its name", f =>
        {
            File.WriteAllText(f + "/.a", "");
            return File.GetAttributes(f + "/.a");
        });
        Scratch.Case("symbolic link", f =>
        {
            File.WriteAllText(f + "/a", "target");
            File.CreateSymbolicLink(f + "/l", "a");
            return $"{File.ReadAllText(f + "/l")} {new FileInfo(f + "/l").LinkTarget} {File.ResolveLinkTarget(f + "/l", true)!.Name}";
        });
        Scratch.Case("dangling link", f =>
        {
            File.CreateSymbolicLink(f + "/l", "nothing");
            return $"{File.Exists(f + "/l")} {new FileInfo(f + "/l").LinkTarget}";
        });
        Scratch.Case("file info", f =>
        {
            FileInfo info = new(f + "/x.txt");
            bool before = info.Exists;
            using (StreamWriter writer = info.CreateText())
            {
                writer.Write("12345");
            }

            info.Refresh();
            return $"{before} {info.Exists} {info.Length} {info.Name} {info.Extension} {info.Directory!.FullName}";
        });
        Scratch.Case("names with odd letters", f =>
        {
            string[] names = ["a b", "ž€😀", "new\nline", "quote'\"", "-dash", "dot.", "...", new string('n', 255)];
            foreach (string name in names)
            {
                File.WriteAllText($"{f}/{name}", name);
            }

            return names.All(n => File.ReadAllText($"{f}/{n}") == n) + " " + Directory.GetFiles(f).Length;
        });
        Scratch.Case("temp file", _ =>
        {
            string name = Path.GetTempFileName();
            bool there = File.Exists(name);
            File.Delete(name);
            return $"{there} {Path.GetTempPath()}";
        });
        Scratch.Case("encoding of a text", f =>
        {
            File.WriteAllText(f + "/a", "é", Encoding.Latin1);
            return File.ReadAllBytes(f + "/a");
        });
        Scratch.Case("200 files", f =>
        {
            for (int i = 0; i < 200; i++)
            {
                File.WriteAllText($"{f}/{i}", i.ToString());
            }

            return Directory.EnumerateFiles(f).Sum(n => int.Parse(File.ReadAllText(n)));
        });
    }
}
