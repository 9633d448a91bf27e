using System.Runtime.InteropServices;
using System.Text;
using Unikernel.FileSystem;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>inotify: the same changes to a directory of Linux and to one of ours are told in the same events.</summary>
public sealed unsafe class WatcherTests : IDisposable
{
    private const uint EveryEvent = 0xFC7; // but opening and closing, which FileSystemWatcher never asks for
    private const uint OnlyDirectory = 0x0100_0000, AddToMask = 0x2000_0000;

    private readonly string _real = Directory.CreateTempSubdirectory("watch").FullName;
    private readonly string _ours;

    public WatcherTests()
    {
        TestFiles.EnsureArchive();
        _ours = "/tmp/" + Path.GetFileName(_real);
        fixed (byte* p = Z(_ours))
            Assert.Equal(0, NameEntryPoints.MakeDirectory(p, 0x1C0));
    }

    public void Dispose() => Directory.Delete(_real, recursive: true);

    // Two watches: the directory itself is 1, its subdirectory `sub`, which is there from the start, is 2.
    [Theory]
    [InlineData("create a; write a; write a; read a; truncate a; chmod a; unlink a")]
    [InlineData("create a; create a; empty a; write a; unlink a; create a")]
    [InlineData("create abcdefghijklmno; create abcdefghijklmnop; create abcdefghijklmnopq; create \u00fc")]
    [InlineData("mkdir d; create d/inside; rmdir d; unlink d/inside; rmdir d")]
    [InlineData("create a; rename a b; rename b sub/c; rename sub/c d; unlink d")]
    [InlineData("create a; create b; rename a b")]
    [InlineData("mkdir d; rename d e; rename e sub/e; rename sub/e e; rmdir e")]
    [InlineData("symlink nowhere l; unlink l; create a; link a b; unlink a; write b")]
    [InlineData("create sub/x; write sub/x; chmod sub; unlink sub/x; rmdir sub; mkdir sub; create sub/y")]
    [InlineData("rename sub bus; create bus/x; rename bus sub; unlink sub/x")]
    [InlineData("mkdir d; rename d sub; create sub/x")]
    [InlineData("end 2; create sub/x; end 2; unlink sub/x")]
    [InlineData("also 2; create sub/x; mkdir sub/d")]
    public void Events_are_those_of_Linux(string script)
    {
        string real = Play(new RealCalls(), _real, script), ours = Play(new OurCalls(), _ours, script);
        Assert.Equal(real, ours);
    }

    [Fact]
    public void A_queue_that_nobody_reads_ends_in_one_event_that_says_so()
    {
        var watcher = new WatcherFile { NonBlocking = true };
        Node node = Directory_("/tmp");
        watcher.AddWatch(node, EveryEvent);
        for (int i = 0; i < 20_000; i++)
            watcher.Add(node, "n" + i, FileChange.Created, 0);
        byte[] buffer = new byte[16 * 32];
        int events = 0;
        uint last = 0;
        for (long length; (length = watcher.Read(buffer)) > 0;)
        {
            for (int at = 0; at < length; events++)
            {
                last = MemoryMarshal.Read<uint>(buffer.AsSpan(at + 4));
                at += 16 + MemoryMarshal.Read<int>(buffer.AsSpan(at + 12));
            }
        }

        Assert.Equal(16_385, events);
        Assert.Equal(0x4000u, last); // IN_Q_OVERFLOW
    }

    [Fact]
    public void What_is_not_there_cannot_be_watched()
    {
        var calls = new OurCalls();
        nint descriptor = calls.INotifyInit();
        Assert.Equal(Errno.ENOENT, Refused("/tmp/nothing", EveryEvent));
        Assert.Equal(Errno.ENOTDIR, Refused("/app/appsettings.json", EveryEvent | OnlyDirectory));
        Assert.Equal(-1, calls.INotifyRemoveWatch(descriptor, 7));
        Assert.Equal(Errno.EINVAL, Core.ErrorNumber);
        calls.Close(descriptor);

        int Refused(string path, uint mask)
        {
            fixed (byte* p = Z(path))
                Assert.Equal(-1, calls.INotifyAddWatch(descriptor, p, mask));
            return Core.ErrorNumber;
        }
    }

    [Fact]
    public void End_of_a_watch_reaches_a_blocked_reader()
    {
        var watcher = new WatcherFile();
        Node node = Directory_("/tmp");
        int watch = watcher.AddWatch(node, EveryEvent);
        Assert.Equal(watch, watcher.AddWatch(node, EveryEvent));
        byte[] buffer = new byte[64];
        Task<long> read = Task.Run(() => watcher.Read(buffer));
        Assert.Equal(0, watcher.RemoveWatch(watch));
        Assert.Equal(16, read.Result);
        Assert.Equal(watch, MemoryMarshal.Read<int>(buffer));
        Assert.Equal(0x8000u, MemoryMarshal.Read<uint>(buffer.AsSpan(4)));
        Assert.Equal(-Errno.EINVAL, watcher.RemoveWatch(watch));
    }

    [Fact]
    public void Without_an_event_a_non_blocking_read_says_so()
    {
        var watcher = new WatcherFile { NonBlocking = true };
        watcher.AddWatch(Directory_("/tmp"), EveryEvent);
        Assert.Equal(-Errno.EAGAIN, watcher.Read(new byte[64]));
        watcher.Add(Directory_("/tmp"), "name", FileChange.Created, 0);
        Assert.Equal(-Errno.EINVAL, watcher.Read(new byte[24])); // too small for an event with a name
        Assert.Equal(32, watcher.Read(new byte[32]));
    }

    private static Node Directory_(string path)
    {
        Assert.Equal(0, ProgramFiles.Tree.Find(path, followLast: true, out Node? node));
        return node!;
    }

    private static string Play(ICalls calls, string root, string script)
    {
        Make("sub");
        nint descriptor = calls.INotifyInit();
        Assert.Equal(1, Watch("", EveryEvent));
        Assert.Equal(2, Watch("/sub", EveryEvent & ~0x100u)); // without IN_CREATE, which `also` adds
        foreach (string step in script.Split("; "))
        {
            string[] words = step.Split(' ');
            fixed (byte* path = Z(root + "/" + words[1]))
            fixed (byte* other = Z(words.Length > 2 ? root + "/" + words[2] : ""))
            fixed (byte* text = Z(words[1]))
            {
                switch (words[0])
                {
                    case "create": calls.Close(calls.Open(path, 2 | 0x20, 0x1A4)); break;
                    case "empty": calls.Close(calls.Open(path, 1 | 0x80, 0)); break;
                    case "mkdir": calls.MkDir(path, 0x1ED); break;
                    case "rmdir": calls.RmDir(path); break;
                    case "unlink": calls.Unlink(path); break;
                    case "rename": calls.Rename(path, other); break;
                    case "link": calls.Link(path, other); break;
                    case "symlink": calls.SymLink(text, other); break;
                    case "chmod": calls.ChMod(path, 0x1C0); break;
                    case "write" or "read" or "truncate":
                        nint fd = calls.Open(path, 2, 0);
                        _ = words[0] switch { "write" => calls.Write(fd, text, 1), "read" => calls.Read(fd, text, 1), _ => calls.FTruncate(fd, 5) };
                        calls.Close(fd);
                        break;
                    case "end": calls.INotifyRemoveWatch(descriptor, int.Parse(words[1])); break;
                    case "also": Watch("/sub", 0x100 | AddToMask); break;
                    default: throw new ArgumentException(step);
                }
            }
        }

        Make("the-end");
        var events = new StringBuilder();
        var cookies = new List<uint>();
        byte[] buffer = new byte[4096];
        while (!events.ToString().Contains("the-end", StringComparison.Ordinal))
        {
            int length;
            fixed (byte* p = buffer)
                length = calls.Read(descriptor, p, buffer.Length);
            for (int at = 0; at < length;)
            {
                uint cookie = MemoryMarshal.Read<uint>(buffer.AsSpan(at + 8));
                int size = MemoryMarshal.Read<int>(buffer.AsSpan(at + 12));
                if (cookie != 0 && !cookies.Contains(cookie))
                    cookies.Add(cookie);
                events.AppendLine($"{MemoryMarshal.Read<int>(buffer.AsSpan(at))} {MemoryMarshal.Read<uint>(buffer.AsSpan(at + 4)):x} {cookies.IndexOf(cookie)} {size} {Encoding.UTF8.GetString(buffer, at + 16, size).TrimEnd('\0')}");
                at += 16 + size;
            }
        }

        calls.Close(descriptor);
        return events.ToString();

        void Make(string name)
        {
            fixed (byte* p = Z(root + "/" + name))
                calls.MkDir(p, 0x1ED);
        }

        int Watch(string name, uint mask)
        {
            fixed (byte* p = Z(root + name))
                return calls.INotifyAddWatch(descriptor, p, mask);
        }
    }

    private static byte[] Z(string text) => Encoding.UTF8.GetBytes(text + "\0");
}
