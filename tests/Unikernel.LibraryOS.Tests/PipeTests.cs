using Xunit;

namespace Unikernel.LibraryOS.Tests;

public unsafe class PipeTests : IDisposable
{
    private readonly int _reader;
    private readonly int _writer;

    public PipeTests()
    {
        int* both = stackalloc int[2];
        Assert.Equal(0, PipeEntryPoints.Create(both, 0));
        (_reader, _writer) = (both[0], both[1]);
    }

    public void Dispose()
    {
        DescriptorTable.Close(_reader);
        DescriptorTable.Close(_writer);
    }

    [Fact]
    public void Bytes_come_out_in_order()
    {
        DescriptorTests.Write(_writer, "ab");
        DescriptorTests.Write(_writer, "cd");
        Assert.Equal("abc", DescriptorTests.Read(_reader, 3));
        Assert.Equal("d", DescriptorTests.Read(_reader, 3));
    }

    [Fact]
    public void A_closed_writer_is_the_end_after_the_rest()
    {
        DescriptorTests.Write(_writer, "rest");
        DescriptorTable.Close(_writer);
        Assert.Equal("rest", DescriptorTests.Read(_reader, 10));
        Assert.Equal("", DescriptorTests.Read(_reader, 10));
    }

    [Fact]
    public void A_closed_reader_is_EPIPE()
    {
        DescriptorTable.Close(_reader);
        Assert.Equal(-1, DescriptorTests.Write(_writer, "x"));
        Assert.Equal(Errno.EPIPE, Core.ErrorNumber);
    }

    [Fact]
    public void The_wrong_end_is_EBADF()
    {
        Assert.Equal(-1, DescriptorTests.Write(_reader, "x"));
        Assert.Equal(Errno.EBADF, Core.ErrorNumber);
    }

    [Fact]
    public void A_full_pipe_takes_what_fits_and_would_block_then()
    {
        DescriptorEntryPoints.SetIsNonBlocking(_writer, 1);
        byte[] much = new byte[Pipe.DefaultCapacity + 100];
        fixed (byte* p = much)
        {
            Assert.Equal(Pipe.DefaultCapacity, DescriptorEntryPoints.Write(_writer, p, much.Length));
            Assert.Equal(-1, DescriptorEntryPoints.Write(_writer, p, 1));
        }

        Assert.Equal(Errno.EAGAIN, Core.ErrorNumber);
    }

    [Fact]
    public void A_small_write_is_never_split()
    {
        DescriptorEntryPoints.SetIsNonBlocking(_writer, 1);
        byte[] bytes = new byte[Pipe.DefaultCapacity - 10];
        fixed (byte* p = bytes)
        {
            Assert.Equal(bytes.Length, DescriptorEntryPoints.Write(_writer, p, bytes.Length));
            Assert.Equal(-1, DescriptorEntryPoints.Write(_writer, p, 11));
            Assert.Equal(10, DescriptorEntryPoints.Write(_writer, p, 10));
        }
    }

    [Fact]
    public void A_reader_and_a_writer_in_two_threads_pass_a_megabyte()
    {
        byte[] sent = new byte[1 << 20];
        Random.Shared.NextBytes(sent);
        var writer = new Thread(() =>
        {
            for (int i = 0; i < sent.Length; i += 70_000)
            {
                fixed (byte* p = &sent[i])
                    DescriptorEntryPoints.Write(_writer, p, Math.Min(70_000, sent.Length - i));
            }

            DescriptorTable.Close(_writer);
        });
        writer.Start();
        var received = new MemoryStream();
        byte[] buffer = new byte[5000];
        fixed (byte* p = buffer)
        {
            while (DescriptorEntryPoints.Read(_reader, p, buffer.Length) is > 0 and int count)
                received.Write(buffer, 0, count);
        }

        writer.Join();
        Assert.Equal(sent, received.ToArray());
    }

    [Fact]
    public void Poll_wakes_a_waiting_thread()
    {
        uint triggered = 0;
        short result = 0;
        var waiter = new Thread(() =>
        {
            var e = new PollEvent { Descriptor = _reader, Events = PollEvent.In };
            uint count;
            Assert.Equal(0, PollEntryPoints.Poll(&e, 1, -1, &count));
            triggered = count;
            result = e.Triggered;
        });
        waiter.Start();
        DescriptorTests.Write(_writer, "x");
        waiter.Join();
        Assert.Equal(1u, triggered);
        Assert.Equal(PollEvent.In, result);
    }

    [Fact]
    public void Poll_reports_hangup_bad_descriptors_and_nothing()
    {
        DescriptorTable.Close(_writer);
        PollEvent* events = stackalloc PollEvent[3];
        events[0] = new PollEvent { Descriptor = _reader };
        events[1] = new PollEvent { Descriptor = 50_000, Events = PollEvent.In };
        events[2] = new PollEvent { Descriptor = -1, Events = PollEvent.In };
        uint count;
        Assert.Equal(0, PollEntryPoints.Poll(events, 3, 0, &count));
        Assert.Equal(2u, count);
        Assert.Equal(PollEvent.HangUp, events[0].Triggered);
        Assert.Equal(PollEvent.Invalid, events[1].Triggered);
        Assert.Equal(0, events[2].Triggered);
    }

    [Fact]
    public void Poll_gives_up_when_the_time_is_over()
    {
        var e = new PollEvent { Descriptor = _reader, Events = PollEvent.In };
        uint count = 99;
        Assert.Equal(0, PollEntryPoints.Poll(&e, 1, 5, &count));
        Assert.Equal(0u, count);
    }

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(1048576, 1048576)]
    public void The_capacity_is_rounded_to_a_power_of_two_pages(int asked, int given)
    {
        Assert.Equal(given, PipeEntryPoints.SetSize(_writer, asked));
        Assert.Equal(given, PipeEntryPoints.GetSize(_reader));
    }

    [Fact]
    public void A_capacity_below_the_contents_is_EBUSY()
    {
        byte[] bytes = new byte[10_000];
        fixed (byte* p = bytes)
            DescriptorEntryPoints.Write(_writer, p, bytes.Length);
        Assert.Equal(-1, PipeEntryPoints.SetSize(_writer, 4096));
        Assert.Equal(Errno.EBUSY, Core.ErrorNumber);
    }
}
