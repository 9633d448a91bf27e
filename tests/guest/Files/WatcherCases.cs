using System.Collections.Concurrent;

namespace Unikernel.Guest;

/// <summary>FileSystemWatcher: what the program does to its files comes back as events.</summary>
internal static class WatcherCases
{
    public static void Run()
    {
        Case("created", _ => { }, f => File.WriteAllText(f + "/new.txt", ""));
        Case("created and written", _ => { }, f => File.WriteAllText(f + "/new.txt", "text"));
        Case("changed", f => File.WriteAllText(f + "/old.txt", "1"), f => File.AppendAllText(f + "/old.txt", "2"));
        Case("deleted", f => File.WriteAllText(f + "/old.txt", "1"), f => File.Delete(f + "/old.txt"));
        Case("renamed", f => File.WriteAllText(f + "/old.txt", "1"), f => File.Move(f + "/old.txt", f + "/new.txt"));
        Case("filter", _ => { }, f =>
        {
            File.WriteAllText(f + "/a.log", "");
            File.WriteAllText(f + "/b.txt", "");
        }, w => w.Filter = "*.txt");
        Case("directories only", _ => { }, f =>
        {
            File.WriteAllText(f + "/file", "");
            Directory.CreateDirectory(f + "/directory");
        }, w => w.NotifyFilter = NotifyFilters.DirectoryName);
        Case("attributes", f => File.WriteAllText(f + "/a", ""), f => File.SetUnixFileMode(f + "/a", UnixFileMode.UserRead), w => w.NotifyFilter = NotifyFilters.Attributes);
        Case("not below", f => Directory.CreateDirectory(f + "/sub"), f => File.WriteAllText(f + "/sub/x", ""), w => w.NotifyFilter = NotifyFilters.FileName);
        Case("below", f => Directory.CreateDirectory(f + "/sub"), f => File.WriteAllText(f + "/sub/x", ""), w => w.IncludeSubdirectories = true);
        Case("moved away", f =>
        {
            Directory.CreateDirectory(f + "/sub");
            File.WriteAllText(f + "/sub/x", "");
        }, f => File.Move(f + "/sub/x", f + "/y"), w => w.IncludeSubdirectories = true);
        FileStream? open = null;
        Case("written through what was open", f => open = File.Create(f + "/open"), _ =>
        {
            open!.WriteByte(1);
            open.Flush();
        });
        Case("cut through what was open", f =>
        {
            File.WriteAllText(f + "/open", "text");
            open!.Dispose();
            open = File.OpenWrite(f + "/open");
        }, _ => open!.SetLength(1));
        open!.Dispose();
        Case("linked", f => File.WriteAllText(f + "/old.txt", ""), f => File.CreateSymbolicLink(f + "/new.txt", f + "/old.txt"));
        Scratch.Case("two, one disposed of before anything changes", f =>
        {
            using FileSystemWatcher one = new(f), other = new(f);
            using BlockingCollection<string> events = [];
            one.Created += (_, e) => events.Add($"one {e.Name}");
            other.Created += (_, e) => events.Add($"other {e.Name}");
            one.EnableRaisingEvents = other.EnableRaisingEvents = true;
            one.Dispose();
            File.WriteAllText(f + "/new", "");
            return events.Take();
        });
        Scratch.Case("read", f =>
        {
            File.WriteAllText(f + "/old", "text");
            using FileSystemWatcher watcher = new(f) { NotifyFilter = NotifyFilters.LastAccess };
            using BlockingCollection<string> events = [];
            watcher.Changed += (_, e) => events.Add($"{e.ChangeType} {e.Name}");
            watcher.EnableRaisingEvents = true;
            File.ReadAllText(f + "/old");
            return events.Take();
        });
        Scratch.Case("stopped", f =>
        {
            using FileSystemWatcher watcher = new(f);
            int events = 0;
            watcher.Created += (_, _) => Interlocked.Increment(ref events);
            watcher.EnableRaisingEvents = true;
            watcher.EnableRaisingEvents = false;
            File.WriteAllText(f + "/new", "");
            Thread.Sleep(100);
            return events;
        });
        Scratch.Case("wait for a change", f =>
        {
            using FileSystemWatcher watcher = new(f);
            using Timer timer = new(_ => File.WriteAllText(f + "/made", ""), null, 100, Timeout.Infinite);
            WaitForChangedResult result = watcher.WaitForChanged(WatcherChangeTypes.Created, 10_000);
            return $"{result.ChangeType} {result.Name} {result.TimedOut}";
        });
        Suite.Case("published files", () =>
        {
            using FileSystemWatcher watcher = new(AppContext.BaseDirectory) { EnableRaisingEvents = true };
            return watcher.EnableRaisingEvents;
        });
    }

    // The events up to that of a last file, whose name passes every filter.
    private static void Case(string name, Action<string> prepare, Action<string> change, Action<FileSystemWatcher>? set = null) => Scratch.Case(name, f =>
    {
        prepare(f);
        using FileSystemWatcher watcher = new(f);
        set?.Invoke(watcher);
        watcher.NotifyFilter |= NotifyFilters.DirectoryName;
        using BlockingCollection<string> events = [];
        watcher.Created += (_, e) => events.Add($"{e.ChangeType} {e.Name}");
        watcher.Changed += (_, e) => events.Add($"{e.ChangeType} {e.Name}");
        watcher.Deleted += (_, e) => events.Add($"{e.ChangeType} {e.Name}");
        watcher.Renamed += (_, e) => events.Add($"{e.ChangeType} {e.OldName} {e.Name}");
        watcher.EnableRaisingEvents = true;
        change(f);
        Directory.CreateDirectory(f + "/end.txt");
        List<string> seen = [];
        while (events.TryTake(out string? next, 10_000) && next != "Created end.txt")
            seen.Add(next);
        return seen.Distinct();
    });
}
