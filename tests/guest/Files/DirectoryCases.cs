namespace Unikernel.Guest;

/// <summary>Directories: making, listing, moving, removing.</summary>
internal static class DirectoryCases
{
    public static void Run()
    {
        Scratch.Case("create nested", f =>
        {
            Directory.CreateDirectory(f + "/a/b/c");
            return Directory.Exists(f + "/a/b/c");
        });
        Scratch.Case("create twice", f =>
        {
            Directory.CreateDirectory(f + "/a");
            return Directory.CreateDirectory(f + "/a").Exists;
        });
        Scratch.Case("ten thousand files", f =>
        {
            for (int i = 0; i < 10_000; i++)
                File.WriteAllText($"{f}/{i}", "x");
            return Directory.GetFiles(f).Length;
        });
        Scratch.Case("in the home directory", _ =>
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
            string file = Path.Combine(home, $"unikernel-{Environment.ProcessId}");
            File.WriteAllText(file, "kept");
            string text = File.ReadAllText(file);
            File.Delete(file);
            return text;
        });
        Scratch.Case("delete empty", f =>
        {
            Directory.CreateDirectory(f + "/a");
            Directory.Delete(f + "/a");
            return Directory.Exists(f + "/a");
        });
        Scratch.Case("move", f =>
        {
            Tree(f);
            Directory.Move(f + "/sub", f + "/moved");
            return $"{Directory.Exists(f + "/sub")} {File.ReadAllText(f + "/moved/c.txt")}";
        });
        Scratch.Case("files", f => Names(f, Directory.GetFiles(Tree(f))));
        Scratch.Case("files by pattern", f => Names(f, Directory.GetFiles(Tree(f), "*.txt")));
        Scratch.Case("question mark", f => Names(f, Directory.GetFiles(Tree(f), "?.bin")));
        Scratch.Case("files everywhere", f => Names(f, Directory.GetFiles(Tree(f), "*", SearchOption.AllDirectories)));
        Scratch.Case("directories", f => Names(f, Directory.GetDirectories(Tree(f), "*", SearchOption.AllDirectories)));
        Scratch.Case("entries", f => Names(f, Directory.EnumerateFileSystemEntries(Tree(f))));
        Scratch.Case("enumeration options", f => Names(f, Directory.GetFiles(Tree(f), "*.TXT", new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive, RecurseSubdirectories = true, MaxRecursionDepth = 1 })));
        Scratch.Case("skip hidden", f =>
        {
            File.WriteAllText(f + "/.hidden", "");
            File.WriteAllText(f + "/shown", "");
            return Directory.GetFiles(f, "*", new EnumerationOptions()).Length;
        });
        Scratch.Case("directory info", f =>
        {
            DirectoryInfo info = new(Tree(f));
            return $"{info.GetFiles().Length} {info.GetDirectories().Length} {info.Parent!.FullName} {info.EnumerateFiles("*.txt", SearchOption.AllDirectories).Sum(x => x.Length)}";
        });
        Scratch.Case("subdirectory", f => new DirectoryInfo(f).CreateSubdirectory("x/y").Exists);
        Scratch.Case("is empty", f => !Directory.EnumerateFileSystemEntries(f).Any());
        Scratch.Case("delete recursive", f =>
        {
            Tree(f);
            Directory.Delete(f + "/sub", recursive: true);
            return Directory.Exists(f + "/sub");
        });
        Scratch.Case("delete while enumerating", f =>
        {
            for (int i = 0; i < 300; i++)
            {
                File.WriteAllText($"{f}/{i}", "");
            }

            foreach (string file in Directory.EnumerateFiles(f))
            {
                File.Delete(file);
            }

            return Directory.GetFiles(f).Length;
        });
        Scratch.Case("current directory", f =>
        {
            string before = Directory.GetCurrentDirectory();
            Directory.SetCurrentDirectory(f);
            File.WriteAllText("relative", "x");
            string now = Directory.GetCurrentDirectory();
            Directory.SetCurrentDirectory(before);
            return $"{now} {File.Exists(f + "/relative")}";
        });
        Scratch.Case("write time of a directory moves", f =>
        {
            DateTime before = Directory.GetLastWriteTimeUtc(f);
            Thread.Sleep(30);
            File.WriteAllText(f + "/new", "");
            return Directory.GetLastWriteTimeUtc(f) > before;
        });
        Scratch.Case("link to a directory", f =>
        {
            Tree(f);
            Directory.CreateSymbolicLink(f + "/link", "sub");
            return $"{File.ReadAllText(f + "/link/c.txt")} {new DirectoryInfo(f + "/link").Attributes}";
        });
        Scratch.Case("temporary subdirectory", _ =>
        {
            DirectoryInfo made = Directory.CreateTempSubdirectory("pre-");
            bool exists = made.Exists;
            made.Delete();
            return $"{exists} {made.Name.StartsWith("pre-", StringComparison.Ordinal)}";
        });
        Scratch.Case("deep path", f =>
        {
            string deep = f + string.Concat(Enumerable.Repeat("/d", 60));
            Directory.CreateDirectory(deep);
            File.WriteAllText(deep + "/x", "deep");
            return File.ReadAllText(deep + "/x");
        });
        Scratch.Case("dot and dot dot", f =>
        {
            Tree(f);
            return File.ReadAllText(f + "/sub/.././sub/c.txt");
        });
        Suite.Case("root has tmp", () => Directory.GetDirectories("/").Contains("/tmp"));
    }

    private static string Tree(string f)
    {
        File.WriteAllText(f + "/a.txt", "a");
        File.WriteAllText(f + "/b.bin", "b");
        Directory.CreateDirectory(f + "/sub/empty");
        File.WriteAllText(f + "/sub/c.txt", "ccc");
        return f;
    }

    private static string Names(string f, IEnumerable<string> entries) => string.Join(' ', entries.Select(e => Path.GetRelativePath(f, e)).Order(StringComparer.Ordinal));
}
