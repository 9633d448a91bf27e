using System.Text;
using Unikernel.FileSystem;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

public sealed unsafe class ImageFileTests
{
    private readonly OurCalls _calls = new();

    public ImageFileTests() => TestFiles.EnsureArchive();

    [Theory]
    [InlineData("/app/appsettings.json", "{}")]
    [InlineData("appsettings.json", "{}")]
    [InlineData("/app/wwwroot/../wwwroot/index.html", "<p>hi")]
    [InlineData("/app/deep/er/file", "x")]
    [InlineData("/app/link", "<p>hi")]
    public void Published_files_can_be_read(string path, string content)
    {
        nint descriptor = Open(path, 0);
        Assert.True(descriptor >= 0, $"{path}: {Core.ErrorNumber}");
        Assert.Equal(content, DescriptorTests.Read(descriptor, 100));
        _calls.Close(descriptor);
    }

    [Fact]
    public void Their_time_is_that_of_the_archive()
    {
        FileStatus status = default;
        fixed (byte* p = "/app/appsettings.json\0"u8)
            Assert.Equal(0, _calls.Stat(p, &status));
        Assert.Equal(1_700_000_000, status.MTime);
    }

    [Fact]
    public void Every_change_of_the_image_is_refused_as_on_a_read_only_mount()
    {
        Refused(Open("/app/appsettings.json", 1));
        Refused(Open("/app/appsettings.json", 0x80));
        Refused(Open("/app/new", 2 | 0x20));
        Refused(Open("/new", 2 | 0x20));
        Refused(On("/app/appsettings.json", p => _calls.Unlink(p)));
        Refused(On("/app/new", p => _calls.MkDir(p, 0x1ED)));
        Refused(On("/app/deep/er", p => _calls.RmDir(p)), Errno.ENOTEMPTY);
        Refused(On("/app/appsettings.json", p => _calls.ChMod(p, 0)));
        Refused(On("/app/appsettings.json", p => _calls.Access(p, 2)));
        Refused(On("/tmp", p => _calls.RmDir(p)), Errno.EBUSY);
        fixed (byte* to = "/tmp/x\0"u8)
        {
            byte* target = to;
            Refused(On("/app/appsettings.json", p => _calls.Rename(p, target)), Errno.EXDEV);
        }
    }

    [Fact]
    public void A_full_tmp_is_ENOSPC_and_gives_room_back()
    {
        long limit = ProgramFiles.Temporary.Limit;
        nint descriptor = Open("/tmp/full", 2 | 0x20);
        byte[] chunk = new byte[1 << 20];
        long written = 0;
        fixed (byte* p = chunk)
        {
            int count;
            while ((count = _calls.Write(descriptor, p, chunk.Length)) > 0)
                written += count;
        }

        Assert.Equal(Errno.ENOSPC, Core.ErrorNumber);
        Assert.InRange(written, 1, limit);
        long used = ProgramFiles.Temporary.Used;
        Assert.Equal(0, On("/tmp/full", p => _calls.Unlink(p)));
        Assert.Equal(used, ProgramFiles.Temporary.Used); // still open
        _calls.Close(descriptor);
        Assert.InRange(ProgramFiles.Temporary.Used, 0, used - written);
    }

    [Fact]
    public void Many_small_files_take_little_room()
    {
        long before = ProgramFiles.Temporary.Used;
        fixed (byte* text = "hello"u8)
        {
            for (int i = 0; i < 1000; i++)
            {
                nint descriptor = Open($"/tmp/small{i}", 2 | 0x20);
                Assert.Equal(5, _calls.PWrite(descriptor, text, 5, 0));
                Assert.Equal(5, _calls.PWrite(descriptor, text, 5, 700)); // the block grows
                _calls.Close(descriptor);
            }
        }

        Assert.InRange(ProgramFiles.Temporary.Used - before, 1000 * 705, 1000 * 1024);
        nint last = Open("/tmp/small999", 0);
        Assert.Equal("hello\0\0", DescriptorTests.Read(last, 7));
        _calls.Close(last);
        for (int i = 0; i < 1000; i++)
            On($"/tmp/small{i}", p => _calls.Unlink(p));
        Assert.Equal(before, ProgramFiles.Temporary.Used);
    }

    [Theory]
    [InlineData("/root")]
    [InlineData("/var/tmp")]
    public void The_home_directory_is_memory_too(string directory)
    {
        nint descriptor = Open(directory + "/made", 2 | 0x20);
        Assert.True(descriptor >= 0);
        _calls.Close(descriptor);
        Assert.Equal(0, On(directory + "/made", p => _calls.Unlink(p)));
        Refused(On(directory, p => _calls.RmDir(p)), Errno.EBUSY);
    }

    [Fact]
    public void Sharing_is_refused_by_locks()
    {
        nint first = Open("/tmp/lock", 2 | 0x20), second = Open("/tmp/lock", 2);
        Assert.Equal(0, AttributeEntryPoints.Lock(first, 1 | 4));
        Assert.Equal(0, AttributeEntryPoints.Lock(second, 1 | 4));
        Assert.Equal(-1, AttributeEntryPoints.Lock(first, 2 | 4));
        Assert.Equal(Errno.EAGAIN, Core.ErrorNumber);
        _calls.Close(second);
        Assert.Equal(0, AttributeEntryPoints.Lock(first, 2 | 4));
        _calls.Close(first);
    }

    [Fact]
    public void Devices_do_what_they_say()
    {
        byte* buffer = stackalloc byte[32];
        nint zero = Open("/dev/zero", 0), none = Open("/dev/null", 2), random = Open("/dev/urandom", 0);
        new Span<byte>(buffer, 32).Fill(7);
        Assert.Equal(32, _calls.Read(zero, buffer, 32));
        Assert.True(new Span<byte>(buffer, 32).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(0, _calls.Read(none, buffer, 32));
        Assert.Equal(5, _calls.Write(none, buffer, 5));
        Assert.Equal(32, _calls.Read(random, buffer, 32));
        Assert.True(new Span<byte>(buffer, 32).IndexOfAnyExcept((byte)0) >= 0);
        foreach (nint d in (nint[])[zero, none, random])
            _calls.Close(d);
    }

    [Fact]
    public void Temporary_names_are_fresh()
    {
        byte[] template = Encoding.UTF8.GetBytes("/tmp/tXXXXXX.tmp\0");
        fixed (byte* p = template)
        {
            nint descriptor = NameEntryPoints.MakeTemporaryFile(p, 4);
            Assert.True(descriptor >= 0);
            _calls.Close(descriptor);
        }

        Assert.DoesNotContain("XXXXXX", Encoding.UTF8.GetString(template));
        fixed (byte* p = "/tmp/tXX\0"u8)
            Assert.Equal(-1, NameEntryPoints.MakeTemporaryFile(p, 0));
    }

    public static TheoryData<byte[]> DamagedArchives =>
    [
        [],
        "070701"u8.ToArray(),
        "garbage that is long enough to be a header of a cpio archive, were it not for the magic number at its start, really......"u8.ToArray(),
        TestFiles.Cpio(("a", 0x81A4, "content"))[..130],
    ];

    [Theory]
    [MemberData(nameof(DamagedArchives))]
    public void A_damaged_archive_is_reported(byte[] archive)
    {
        var volume = new Volume("/", "romfs", 1, 0);
        var tree = new FileTree(volume);
        Assert.Throws<InvalidDataException>(() =>
        {
            fixed (byte* p = archive)
                CpioArchive.Load(tree.Root, tree.Root, p, archive.Length);
        });
    }

    [Fact]
    public void A_name_with_a_slash_before_it_is_below_the_root()
    {
        var volume = new Volume("/", "romfs", 1, 0);
        var tree = new FileTree(volume);
        DirectoryNode app = FileTree.Mount(tree.Root, "app", new DirectoryNode(0x1ED, DateTime.UnixEpoch, volume, tree.Root));
        fixed (byte* p = TestFiles.Cpio(("/usr/share/a", 0x81A4, "content"), ("b", 0x81A4, "content")))
            CpioArchive.Load(tree.Root, app, p, long.MaxValue);
        foreach (string path in (string[])["/usr/share/a", "/app/b"])
        {
            Assert.Equal(0, tree.Find(path, followLast: true, out Node? node));
            Assert.IsType<ImageFileNode>(node);
        }

        Assert.Equal(FileError.ENOENT, tree.Find("/app/usr", followLast: true, out _));
    }

    private delegate long PathCall(byte* path);

    private static long On(string path, PathCall call)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            return call(p);
    }

    private nint Open(string path, int flags) => (nint)On(path, p => _calls.Open(p, flags, 0x1A4));

    private static void Refused(long result, int error = Errno.EROFS)
    {
        Assert.Equal(-1, result);
        Assert.Equal(error, Core.ErrorNumber);
    }
}
