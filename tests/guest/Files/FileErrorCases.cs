namespace Unikernel.Guest;

/// <summary>What fails, with Linux's exceptions.</summary>
internal static class FileErrorCases
{
    public static void Run()
    {
        Scratch.Throws("read absent", f => File.ReadAllText(f + "/absent"));
        Scratch.Throws("read in an absent directory", f => File.ReadAllText(f + "/no/file"));
        Scratch.Throws("write in an absent directory", f => File.WriteAllText(f + "/no/file", ""));
        Scratch.Throws("read a directory", f => File.ReadAllText(f));
        Scratch.Throws("write a directory", f => File.WriteAllText(f, ""));
        Scratch.Throws("file as a directory", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.WriteAllText(f + "/a/b", "");
        });
        Scratch.Throws("create over a directory", f =>
        {
            Directory.CreateDirectory(f + "/a");
            File.Create(f + "/a").Dispose();
        });
        Scratch.Throws("directory over a file", f =>
        {
            File.WriteAllText(f + "/a", "");
            Directory.CreateDirectory(f + "/a");
        });
        Scratch.Throws("create new over a file", f =>
        {
            File.WriteAllText(f + "/a", "");
            new FileStream(f + "/a", FileMode.CreateNew).Dispose();
        });
        Scratch.Throws("delete a full directory", f =>
        {
            Directory.CreateDirectory(f + "/a/b");
            Directory.Delete(f + "/a");
        });
        Scratch.Throws("delete an absent directory", f => Directory.Delete(f + "/absent"));
        Scratch.Throws("delete a directory as a file", f =>
        {
            Directory.CreateDirectory(f + "/a");
            File.Delete(f + "/a");
        });
        Scratch.Throws("delete a file as a directory", f =>
        {
            File.WriteAllText(f + "/a", "");
            Directory.Delete(f + "/a");
        });
        Scratch.Throws("list an absent directory", f => Directory.GetFiles(f + "/absent"));
        Scratch.Throws("list a file", f =>
        {
            File.WriteAllText(f + "/a", "");
            Directory.GetFiles(f + "/a");
        });
        Scratch.Throws("move absent", f => File.Move(f + "/a", f + "/b"));
        Scratch.Throws("move over without leave", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.WriteAllText(f + "/b", "");
            File.Move(f + "/a", f + "/b");
        });
        Scratch.Throws("copy over without leave", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.WriteAllText(f + "/b", "");
            File.Copy(f + "/a", f + "/b");
        });
        Scratch.Throws("move a directory into itself", f =>
        {
            Directory.CreateDirectory(f + "/a");
            Directory.Move(f + "/a", f + "/a/b");
        });
        Scratch.Throws("name too long", f => File.WriteAllText(f + "/" + new string('n', 256), ""));
        Scratch.Throws("path too long", f => File.WriteAllText(f + string.Concat(Enumerable.Repeat("/" + new string('p', 200), 25)), ""));
        Scratch.Throws("zero character", f => File.WriteAllText(f + "/a\0b", ""));
        Scratch.Throws("empty path", _ => File.ReadAllText(""));
        Scratch.Throws("null path", _ => File.ReadAllText(null!));
        Scratch.Throws("link loop", f =>
        {
            File.CreateSymbolicLink(f + "/a", "b");
            File.CreateSymbolicLink(f + "/b", "a");
            File.ReadAllText(f + "/a");
        });
        Scratch.Throws("link over a file", f =>
        {
            File.WriteAllText(f + "/a", "");
            File.CreateSymbolicLink(f + "/a", "b");
        });
        Scratch.Throws("bad mode and access", f => new FileStream(f + "/a", FileMode.Truncate, FileAccess.Read).Dispose());
        Scratch.Throws("append with read", f => new FileStream(f + "/a", FileMode.Append, FileAccess.ReadWrite).Dispose());
        Scratch.Throws("current directory absent", f => Directory.SetCurrentDirectory(f + "/absent"));
        Scratch.Throws("length of an absent file", f => _ = new FileInfo(f + "/absent").Length);
        Scratch.Throws("attributes of an absent file", f => File.GetAttributes(f + "/absent"));
        Scratch.Throws("set time of an absent file", f => File.SetLastWriteTimeUtc(f + "/absent", DateTime.UnixEpoch));
    }
}
