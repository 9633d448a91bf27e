using System.Text;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

public unsafe class DescriptorTests
{
    [Fact]
    public void Writing_to_1_and_2_reaches_the_console()
    {
        Core.Written.SetLength(0);
        Assert.Equal(3, Write(1, "abc"));
        Assert.Equal(2, Write(2, "de"));
        Assert.Equal("abcde", Encoding.UTF8.GetString(Core.Written.ToArray()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(77777)]
    [InlineData(long.MaxValue)]
    public void Writing_elsewhere_is_EBADF(long descriptor)
    {
        Assert.Equal(-1, Write((nint)descriptor, "x"));
        Assert.Equal(Errno.EBADF, Core.ErrorNumber);
    }

    [Fact]
    public void Reading_gives_what_the_console_has_and_then_the_end()
    {
        var console = new ConsoleFile(readable: true);
        Core.Input.Enqueue("hi\r"u8.ToArray());
        byte[] buffer = new byte[10];
        Assert.Equal(3, console.Read(buffer));
        Assert.Equal("hi\n"u8, buffer.AsSpan(0, 3));
        Assert.Equal(0, console.Read(buffer));
    }

    [Fact]
    public void Ctrl_D_is_the_end_for_good()
    {
        var console = new ConsoleFile(readable: true);
        Core.Input.Enqueue("ab\u0004cd"u8.ToArray());
        byte[] buffer = new byte[10];
        Assert.Equal(2, console.Read(buffer));
        Assert.Equal(0, console.Read(buffer));
        Assert.Equal(Readiness.Readable, console.Readiness);
    }

    [Fact]
    public void Looking_whether_there_is_input_loses_none()
    {
        var console = new ConsoleFile(readable: true);
        Assert.Equal(Readiness.None, console.Readiness);
        Core.Input.Enqueue("xyz"u8.ToArray());
        Assert.Equal(Readiness.Readable, console.Readiness);
        byte[] buffer = new byte[2];
        Assert.Equal(2, console.Read(buffer));
        Assert.Equal(1, console.Read(buffer));
        Assert.Equal((byte)'z', buffer[0]);
    }

    [Fact]
    public void A_console_without_input_would_block()
    {
        var console = new ConsoleFile(readable: true) { NonBlocking = true };
        Assert.Equal(-Errno.EAGAIN, console.Read(new byte[1]));
    }

    [Fact]
    public void A_duplicate_lives_when_the_original_is_closed()
    {
        nint first = DescriptorEntryPoints.Dup(1);
        nint second = DescriptorEntryPoints.Dup(first);
        Assert.Equal(0, DescriptorEntryPoints.Close(first));
        Assert.Equal(1, Write(second, "x"));
        Assert.Equal(0, DescriptorEntryPoints.Close(second));
        Assert.Equal(-1, DescriptorEntryPoints.Close(second));
        Assert.Equal(Errno.EBADF, Core.ErrorNumber);
    }

    [Fact]
    public void The_lowest_free_descriptor_is_used_first()
    {
        nint a = DescriptorEntryPoints.Dup(1), b = DescriptorEntryPoints.Dup(1), c = DescriptorEntryPoints.Dup(1);
        DescriptorEntryPoints.Close(a);
        DescriptorEntryPoints.Close(b);
        Assert.Equal(a, DescriptorEntryPoints.Dup(1));
        Assert.Equal(b, DescriptorEntryPoints.Dup(1));
        foreach (nint d in (nint[])[a, b, c])
            Assert.Equal(0, DescriptorEntryPoints.Close(d));
    }

    [Fact]
    public void Thousands_of_descriptors_fit_and_can_be_given_back_from_many_threads()
    {
        Parallel.For(0, 8, _ =>
        {
            var mine = new List<nint>();
            for (int i = 0; i < 2000; i++)
                mine.Add(DescriptorEntryPoints.Dup(1));
            Assert.Equal(mine.Count, mine.Distinct().Count());
            Assert.DoesNotContain((nint)(-1), mine);
            foreach (nint d in mine)
                Assert.Equal(0, DescriptorEntryPoints.Close(d));
        });
        nint next = DescriptorEntryPoints.Dup(1);
        Assert.Equal(3, next);
        DescriptorEntryPoints.Close(next);
    }

    [Fact]
    public void The_console_is_a_pipe_to_fstat()
    {
        FileStatus status;
        Assert.Equal(0, DescriptorEntryPoints.FStat(1, &status));
        Assert.Equal(FileMode.Fifo, status.Mode & FileMode.TypeMask);
    }

    internal static int Write(nint descriptor, string text)
    {
        fixed (byte* p = Encoding.UTF8.GetBytes(text))
            return DescriptorEntryPoints.Write(descriptor, p, Encoding.UTF8.GetByteCount(text));
    }

    internal static string Read(nint descriptor, int room)
    {
        byte[] buffer = new byte[room];
        fixed (byte* p = buffer)
        {
            int count = DescriptorEntryPoints.Read(descriptor, p, room);
            Assert.True(count >= 0, $"read failed with errno {Core.ErrorNumber}");
            return Encoding.UTF8.GetString(buffer, 0, count);
        }
    }
}
