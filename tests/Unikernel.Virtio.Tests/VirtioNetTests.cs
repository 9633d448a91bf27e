using Unikernel.Net;
using Unikernel.Virtio.Devices;
using Unikernel.Virtio.Tests.Support;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio.Tests;

public class VirtioNetTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_go_both_ways(bool legacy)
    {
        var nic = new MockNic(legacy: legacy);
        Assert.Equal(MockNic.Address, nic.Driver.HardwareAddress);
        Assert.True(nic.Driver.IsLinkUp);
        Assert.Equal(256, nic.Receive.Waiting);
        byte[] frame = MockNic.Bytes(1514);
        nic.Deliver(frame);
        PacketBuffer packet = nic.Driver.TryReceive()!;
        Assert.Equal(frame, packet.Data.ToArray());
        Assert.True(packet.Headroom >= 64, "a reply must fit in front");
        Assert.True(nic.Driver.TryTransmit(packet));
        nic.Driver.Flush();
        var sent = nic.TakeSent();
        Assert.Equal(frame, sent.Frame);
        Assert.Equal(default, sent.Header with { BufferCount = 0 });
        nic.Driver.Flush();
        Assert.Null(nic.Driver.TryReceive());
    }

    [Fact]
    public void The_steps_of_initialisation_come_in_order()
    {
        var nic = new MockNic(MockNic.Mac | VirtioFeature.EventIndex | VirtioFeature.IndirectDescriptors | 1ul << 40);
        Assert.Equal([0u, 1u, 3u, 11u, 15u], nic.Device.StatusWrites);
        Assert.Equal(MockNic.Mac | VirtioFeature.EventIndex | VirtioFeature.IndirectDescriptors | VirtioFeature.Version1, nic.Device.Accepted); // and not the unknown bit
        Assert.True(nic.Receive.IsReady && nic.Transmit.IsReady);
        var legacy = new MockNic(legacy: true);
        Assert.Equal([0u, 1u, 3u, 7u], legacy.Device.StatusWrites);
    }

    [Fact]
    public void Checksum_and_segmentation_are_described_to_the_device()
    {
        var nic = new MockNic(MockNic.Mac | MockNic.Checksum | MockNic.HostTso4 | MockNic.HostTso6 | VirtioFeature.IndirectDescriptors);
        Assert.True(nic.Driver.Capabilities is { TransmitChecksum: true, SegmentationV4: true, SegmentationV6: true });
        PacketBuffer packet = nic.Pool.Rent()!;
        Span<byte> tcp = packet.Append(32);
        tcp[12] = 8 << 4;
        packet.RequestChecksum(16);
        packet.SegmentSize = 1448;
        byte[] payload = MockNic.Bytes(5000);
        PacketBuffer last = packet;
        foreach (byte[] piece in payload.Chunk(1900))
        {
            PacketBuffer part = nic.Pool.Rent(0)!;
            part.Append(piece);
            last.Next = part;
            last = part;
        }

        packet.Prepend(20)[0] = 0x45;
        packet.Prepend(14);
        Assert.True(nic.Driver.TryTransmit(packet));
        nic.Driver.Flush();
        var sent = nic.TakeSent();
        Assert.Equal(new VirtioNetHeader(VirtioNetHeader.NeedsChecksum, VirtioNetHeader.SegmentationTcp4, 66, 1448, 34, 16, 0), sent.Header);
        Assert.Equal(payload, sent.Frame[66..]);
        Assert.Equal(4, sent.Parts);
        Assert.Equal(255, nic.Device.Queues[1].Size - 1);
        nic.Driver.Flush();
        Assert.Equal(nic.Receive.Size, nic.Pool.Outstanding);
    }

    [Fact]
    public void Mergeable_buffers_become_one_packet()
    {
        var nic = new MockNic(MockNic.Mac | MockNic.Mergeable | MockNic.GuestTso4 | MockNic.GuestChecksum);
        byte[] frame = MockNic.Bytes(5000);
        nic.Deliver(frame.AsSpan(0, 1900), VirtioNetHeader.DataValid, buffers: 3);
        foreach ((int start, int length) in ((int, int)[])[(1900, 1984), (3884, 1116)])
        {
            var (head, segments) = nic.Receive.Take();
            MockQueue.Write(segments[0], frame.AsSpan(start, length));
            nic.Receive.Push((uint)head, (uint)length);
        }

        PacketBuffer packet = nic.Driver.TryReceive()!;
        byte[] all = new byte[packet.TotalLength];
        packet.CopyTo(0, all);
        Assert.Equal(frame, all);
        Assert.Equal(ChecksumState.Verified, packet.Checksum);
        packet.Release();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(37)]
    [InlineData(65535)]
    public void Impossible_counts_of_buffers_are_dropped_and_counted(ushort count)
    {
        var nic = new MockNic(MockNic.Mac | MockNic.Mergeable);
        nic.Deliver(MockNic.Bytes(100), buffers: count);
        nic.Deliver(MockNic.Bytes(60));
        PacketBuffer next = nic.Driver.TryReceive()!;
        Assert.Equal(60, next.Length);
        Assert.Equal(1, nic.Driver.Counters.ReceiveBadHeader);
        next.Release();
    }

    [Fact]
    public void A_packet_whose_parts_do_not_come_is_dropped_and_counted()
    {
        var nic = new MockNic(MockNic.Mac | MockNic.Mergeable);
        nic.Deliver(MockNic.Bytes(100), buffers: 3);
        Assert.Null(nic.Driver.TryReceive());
        Assert.Equal(1, nic.Driver.Counters.MergeIncomplete);
        Assert.Equal(nic.Pool.Outstanding, nic.Receive.Waiting);
    }

    [Fact]
    public void Without_mergeable_buffers_large_receives_are_not_negotiated() =>
        Assert.Equal(0ul, new MockNic(MockNic.Mac | MockNic.GuestTso4).Device.Accepted & MockNic.GuestTso4);

    public static TheoryData<string, Action<MockQueue, int>, DeviceFault> Lies => new()
    {
        { "an id beyond the queue", (queue, head) => queue.Push(256, 20), DeviceFault.UsedIdOutOfRange },
        { "a huge id", (queue, head) => queue.Push(0xffff_ffff, 20), DeviceFault.UsedIdOutOfRange },
        { "more bytes than the buffer has", (queue, head) => queue.Push((uint)head, 100_000), DeviceFault.UsedLengthTooLong },
        { "all bytes there are", (queue, head) => queue.Push((uint)head, uint.MaxValue), DeviceFault.UsedLengthTooLong },
        { "an index far ahead", (queue, head) => queue.SetUsedIndex(1000), DeviceFault.UsedIndexTooFar },
        { "an index that goes back", (queue, head) => queue.SetUsedIndex(0xffff), DeviceFault.UsedIndexTooFar },
        {
            "the same buffer twice", (queue, head) =>
            {
                queue.Push((uint)head, 0);
                queue.Push((uint)head, 0);
            }, DeviceFault.UsedIdNotInFlight
        },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lying_device_is_stopped_with_the_name_of_its_lie(string lie, Action<MockQueue, int> tell, DeviceFault fault)
    {
        var nic = new MockNic();
        var (head, _) = nic.Receive.Take();
        tell(nic.Receive, head);
        for (int i = 0; i < 5; i++) nic.Driver.TryReceive()?.Release();
        Assert.True(fault == nic.Driver.Fault, $"{lie}: {nic.Driver.Fault}");
        Assert.False(nic.Driver.IsLinkUp);
        Assert.Equal(1, nic.Driver.Counters.Faults);
        Assert.Contains(DeviceException.Describe(fault), Assert.Single(nic.Machine.Lines), StringComparison.Ordinal);
        Assert.Equal(0u, nic.Device.StatusWrites[^1]); // reset: it must not write to our memory any more
        PacketBuffer packet = nic.Packet(new byte[60]);
        Assert.False(nic.Driver.TryTransmit(packet));
        packet.Release();
    }

    [Fact]
    public void A_device_that_returns_a_packet_it_was_not_given_is_stopped()
    {
        var nic = new MockNic();
        nic.Transmit.Push(3, 0);
        nic.Driver.Flush();
        Assert.Equal(DeviceFault.UsedIdNotInFlight, nic.Driver.Fault);
    }

    [Fact]
    public void Frames_shorter_than_their_header_are_counted()
    {
        var nic = new MockNic();
        var (head, _) = nic.Receive.Take();
        nic.Receive.Push((uint)head, 5);
        Assert.Null(nic.Driver.TryReceive());
        Assert.Equal((1, DeviceFault.None), (nic.Driver.Counters.ReceiveTooShort, nic.Driver.Fault));
    }

    public static TheoryData<string, Action<MockDevice>, DeviceFault> BadStarts => new()
    {
        { "never resets", device => device.NeverResets = true, DeviceFault.ResetTimeout },
        { "refuses its own features", device => device.RefusesFeatures = true, DeviceFault.FeaturesRefused },
        { "older than 1.0", device => device.Features &= ~VirtioFeature.Version1, DeviceFault.FeaturesRefused },
        { "no queues", device => device.QueueMaximum = 0, DeviceFault.BadQueueSize },
        { "an odd queue", device => device.QueueMaximum = 200, DeviceFault.BadQueueSize },
        { "a queue beyond measure", device => device.QueueMaximum = 1 << 20, DeviceFault.BadQueueSize },
        {
            "an MTU of 12", device =>
            {
                device.Features |= MockNic.MtuFeature;
                device.Config[10] = 12;
            }, DeviceFault.BadConfiguration
        },
    };

    [Theory]
    [MemberData(nameof(BadStarts))]
    public void A_device_that_can_not_be_used_says_why(string what, Action<MockDevice> break_, DeviceFault fault)
    {
        var exception = Assert.Throws<DeviceException>(() => new MockNic(configure: device =>
        {
            device.Status = 1;
            break_(device);
        }));
        Assert.True(fault == exception.Fault, what);
        Assert.Contains("eth0 at MMIO 0x1000", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_link_is_followed_at_configuration_interrupts()
    {
        var nic = new MockNic(MockNic.Mac | MockNic.StatusFeature);
        int generation = nic.Driver.LinkGeneration;
        nic.Device.Config[6] = 0;
        nic.Device.InterruptStatus = 2;
        nic.Driver.InterruptArrived();
        Assert.False(nic.Driver.IsLinkUp);
        Assert.NotEqual(generation, nic.Driver.LinkGeneration);
        Assert.Equal(0u, nic.Device.InterruptStatus);
        Assert.Contains(5, nic.Machine.EnabledLines);
        nic.Device.Config[6] = 1;
        nic.Device.InterruptStatus = 2;
        nic.Driver.InterruptArrived();
        Assert.True(nic.Driver.IsLinkUp);
    }

    [Fact]
    public void The_link_is_followed_when_a_packet_came_in_the_same_interrupt()
    {
        var nic = new MockNic(MockNic.Mac | MockNic.StatusFeature);
        nic.Deliver(MockNic.Bytes(60));
        nic.Device.Config[6] = 0;
        nic.Device.InterruptStatus = 3;
        nic.Driver.InterruptArrived();
        Assert.False(nic.Driver.IsLinkUp);
        Assert.True(nic.Driver.LinkCheckAt.IsNever); // this transport said why it came
    }

    [Fact]
    public void NeedsReset_stops_the_device()
    {
        var nic = new MockNic();
        nic.Device.Status |= 64;
        nic.Device.InterruptStatus = 2;
        nic.Driver.InterruptArrived();
        Assert.Equal(DeviceFault.NeedsReset, nic.Driver.Fault);
    }

    [Fact]
    public void An_interrupt_storm_ends_in_polling_and_one_line()
    {
        var nic = new MockNic();
        for (int i = 0; i < VirtioNet.StormLimit + 100; i++)
        {
            nic.Device.InterruptStatus = 1;
            nic.Driver.InterruptArrived();
        }

        Assert.True(nic.Driver.MustBePolled);
        Assert.Equal(1, nic.Driver.Counters.InterruptStorms);
        Assert.True(nic.Receive.InterruptsDisabled);
        Assert.Contains("interrupts in a row", Assert.Single(nic.Machine.Lines), StringComparison.Ordinal);
        nic.Deliver(MockNic.Bytes(60));
        nic.Driver.TryReceive()!.Release();
    }

    [Fact]
    public void Without_an_interrupt_it_says_that_it_is_polled()
    {
        var nic = new MockNic(interrupts: false);
        Assert.True(nic.Driver.MustBePolled);
        Assert.Contains("no interrupt", Assert.Single(nic.Machine.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Arming_notices_what_came_in_between(bool eventIndex)
    {
        var nic = new MockNic(MockNic.Mac | (eventIndex ? VirtioFeature.EventIndex : 0));
        Assert.True(nic.Driver.TryArmInterrupt());
        nic.Deliver(MockNic.Bytes(60));
        Assert.False(nic.Driver.TryArmInterrupt());
        nic.Driver.TryReceive()!.Release();
        Assert.True(nic.Driver.TryArmInterrupt());
        if (eventIndex) Assert.Equal(nic.Receive.UsedIndex, nic.Receive.UsedEvent);
    }

    [Fact]
    public void The_device_is_notified_only_when_it_wants_to_be()
    {
        var nic = new MockNic(MockNic.Mac | VirtioFeature.EventIndex);
        nic.Device.Notified.Clear();
        nic.Transmit.SetAvailableEvent(2); // after the third packet
        for (int i = 0; i < 3; i++)
        {
            Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
            nic.Driver.Flush();
        }

        Assert.Equal([1u], nic.Device.Notified);
        var old = new MockNic();
        old.Device.Notified.Clear();
        old.Transmit.SetNoNotify(true);
        old.Driver.TryTransmit(old.Packet(new byte[60]));
        old.Driver.Flush();
        Assert.Empty(old.Device.Notified);
    }

    // As when the device went to sleep at the moment of the publication, and both overlooked each other: an emulator without barriers.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wish_that_is_seen_late_is_granted_and_only_once(bool eventIndex)
    {
        var nic = new MockNic(MockNic.Mac | (eventIndex ? VirtioFeature.EventIndex : 0));
        nic.Device.Notified.Clear();
        SetWish(false);
        Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
        nic.Driver.Flush();
        Assert.Empty(nic.Device.Notified);
        SetWish(true);
        nic.Driver.TryArmInterrupt();
        nic.Driver.TryArmInterrupt();
        Assert.Equal([1u], nic.Device.Notified);

        // What the device has finished it needs no word about.
        SetWish(false);
        Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
        nic.Driver.Flush();
        nic.TakeSent();
        nic.TakeSent();
        nic.Driver.Flush();
        SetWish(true);
        nic.Driver.TryArmInterrupt();
        Assert.Equal([1u], nic.Device.Notified);

        void SetWish(bool wishes)
        {
            if (!eventIndex) nic.Transmit.SetNoNotify(!wishes);
            else nic.Transmit.SetAvailableEvent((ushort)(wishes ? 0 : 30_000));
        }
    }

    [Theory]
    [InlineData(2000)]
    [InlineData(70_000)]
    public void Wishes_are_granted_over_all_numbers(int packets)
    {
        var nic = new MockNic(MockNic.Mac | VirtioFeature.EventIndex, queueSize: 16);
        nic.Device.Notified.Clear();
        int wishes = 0;
        for (int i = 0; i < packets; i++)
        {
            // Mostly awake: it sleeps at every thousandth packet, and its wish is overlooked at first.
            bool sleeps = i % 1000 == 999;
            Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
            nic.Driver.Flush();
            if (sleeps)
            {
                nic.Transmit.SetAvailableEvent((ushort)i);
                wishes++;
            }

            nic.Driver.TryArmInterrupt();
            nic.TakeSent();
            Assert.Equal(wishes + 1, nic.Device.Notified.Count); // one at the very first, when the event is where the queue begins
        }
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(VirtioFeature.EventIndex)]
    public void A_full_queue_makes_packets_wait_and_a_full_backlog_refuses_without_loss(ulong features)
    {
        const int Size = 16;
        var nic = new MockNic(MockNic.Mac | features, queueSize: Size);
        int taken = 0;
        while (true)
        {
            PacketBuffer packet = nic.Packet([.. BitConverter.GetBytes(taken), .. new byte[56]]);
            if (!nic.Driver.TryTransmit(packet))
            {
                Assert.Equal(60, packet.Length); // as it was
                packet.Release();
                break;
            }

            taken++;
        }

        Assert.Equal((Size + VirtioNet.BacklogLimit, VirtioNet.BacklogLimit, 1), (taken, nic.Driver.Counters.TransmitWaited, nic.Driver.Counters.TransmitFull));
        Assert.False(nic.Driver.CanTransmit);

        // In their order, as the device makes room; a poll ends with the arming of interrupts.
        for (int i = 0; i < taken; i++)
        {
            Assert.Equal(i, BitConverter.ToInt32(nic.TakeSent().Frame));
            nic.Driver.TryArmInterrupt();
        }

        Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
        nic.Driver.Flush();
        nic.TakeSent();
        Assert.Equal((long)VirtioNet.BacklogLimit, nic.Driver.Counters.TransmitWaited);
    }

    [Fact]
    public void A_device_that_fails_lets_go_of_what_waited()
    {
        var nic = new MockNic(queueSize: 16);
        for (int i = 0; i < 100; i++) Assert.True(nic.Driver.TryTransmit(nic.Packet(new byte[60])));
        int before = nic.Pool.Outstanding;
        nic.Transmit.SetUsedIndex(500);
        nic.Driver.Flush();
        Assert.NotEqual(DeviceFault.None, nic.Driver.Fault);
        Assert.Equal(before - (100 - 16), nic.Pool.Outstanding);
    }

    [Fact]
    public void Indices_wrap_around_and_nothing_is_allocated_per_packet()
    {
        var nic = new MockNic(MockNic.Mac | VirtioFeature.EventIndex, queueSize: 32);
        byte[] frame = MockNic.Bytes(300);
        void Round()
        {
            Echo(nic, frame);
        }

        for (int i = 0; i < 66_000; i++) Round();
        Assert.Equal(66_000, nic.Driver.Counters.Transmitted);
        Assert.Equal(DeviceFault.None, nic.Driver.Fault);

        // The mock allocates; the driver's share is measured around its own calls.
        long allocated = 0;
        for (int i = 0; i < 200; i++)
        {
            nic.Deliver(frame);
            long before = GC.GetAllocatedBytesForCurrentThread();
            PacketBuffer packet = nic.Driver.TryReceive()!;
            nic.Driver.TryTransmit(packet);
            nic.Driver.Flush();
            nic.Driver.TryArmInterrupt();
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            nic.TakeSent();
        }

        Assert.Equal(0, allocated);
    }

    private static void Echo(MockNic nic, byte[] frame)
    {
        nic.Deliver(frame);
        PacketBuffer packet = nic.Driver.TryReceive()!;
        nic.Driver.TryTransmit(packet);
        nic.Driver.Flush();
        nic.TakeSent();
    }

    [Fact]
    public void A_device_that_writes_random_numbers_never_breaks_the_driver()
    {
        var random = new Random(33);
        for (int round = 0; round < 300; round++)
        {
            ulong features = MockNic.Mac | (random.Next(2) == 0 ? MockNic.Mergeable : 0) | (random.Next(2) == 0 ? VirtioFeature.EventIndex : 0) | (random.Next(2) == 0 ? MockNic.StatusFeature : 0);
            var nic = new MockNic(features, queueSize: 32);
            for (int step = 0; step < 60; step++)
            {
                MockQueue queue = random.Next(3) == 0 ? nic.Transmit : nic.Receive;
                switch (random.Next(8))
                {
                    case 0 or 1 or 2 when nic.Driver.Fault == DeviceFault.None && nic.Receive.Waiting > 0:
                        nic.Deliver(MockNic.Bytes(random.Next(1500)), (byte)random.Next(4), (ushort)random.Next(3));
                        break;
                    case 3 when random.Next(20) == 0:
                        queue.Push((uint)random.Next(40), (uint)random.Next(3000));
                        break;
                    case 4 when random.Next(40) == 0:
                        queue.SetUsedIndex((ushort)random.Next(65536));
                        break;
                    case 5:
                        PacketBuffer packet = nic.Packet(MockNic.Bytes(random.Next(1, 1500)));
                        if (!nic.Driver.TryTransmit(packet)) packet.Release();
                        nic.Driver.Flush();
                        break;
                    case 6:
                        nic.Device.InterruptStatus = (uint)random.Next(4);
                        nic.Device.Config[6] = (byte)random.Next(2);
                        nic.Driver.InterruptArrived();
                        break;
                    default:
                        nic.Driver.TryReceive()?.Release();
                        nic.Driver.TryArmInterrupt();
                        break;
                }
            }
        }
    }
}
