namespace Unikernel.Guest;

/// <summary>Files that publish puts beside the program. In the guest they are in the image and cannot be changed; writing is not tried on Linux.</summary>
internal static class BesideCases
{
    public static void Run()
    {
        string folder = AppContext.BaseDirectory;
        Suite.Case("base directory ends in a separator", () => folder[^1]);
        Suite.Case("read", () => File.ReadAllText(Path.Combine(folder, "beside.txt")));
        Suite.Case("length", () => new FileInfo(Path.Combine(folder, "beside.txt")).Length);
        Suite.Case("in a folder with letters", () => File.ReadAllLines(Path.Combine(folder, "data/deep/copy of ž.txt")).Length);
        Suite.Case("listed", () => Directory.GetFiles(folder, "*.txt", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal));
        Suite.Case("stream and seek", () =>
        {
            using FileStream s = File.OpenRead(Path.Combine(folder, "beside.txt"));
            s.Position = 6;
            return s.ReadByte();
        });
        Suite.Case("absent beside", () => File.Exists(Path.Combine(folder, "absent.txt")));
    }
}
