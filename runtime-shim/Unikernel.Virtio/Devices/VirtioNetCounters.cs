using Unikernel.Net;

namespace Unikernel.Virtio.Devices;

/// <summary>What one network device counted.</summary>
public sealed class VirtioNetCounters : ICounterGroup
{
    public long Received, Transmitted, Interrupts, SpuriousInterrupts, InterruptStorms, Notifications, ReceiveTooShort, ReceiveBadHeader, MergeIncomplete,
        TransmitWaited, TransmitFull, TransmitNoHeadroom, TransmitTooManyParts, RefillFailures, Faults, LinkChanges;

    public void Visit(ICounterVisitor visitor)
    {
        visitor.Visit("virtio-net", nameof(Received), Received);
        visitor.Visit("virtio-net", nameof(Transmitted), Transmitted);
        visitor.Visit("virtio-net", nameof(Interrupts), Interrupts);
        visitor.Visit("virtio-net", nameof(SpuriousInterrupts), SpuriousInterrupts);
        visitor.Visit("virtio-net", nameof(InterruptStorms), InterruptStorms);
        visitor.Visit("virtio-net", nameof(Notifications), Notifications);
        visitor.Visit("virtio-net", nameof(ReceiveTooShort), ReceiveTooShort);
        visitor.Visit("virtio-net", nameof(ReceiveBadHeader), ReceiveBadHeader);
        visitor.Visit("virtio-net", nameof(MergeIncomplete), MergeIncomplete);
        visitor.Visit("virtio-net", nameof(TransmitWaited), TransmitWaited);
        visitor.Visit("virtio-net", nameof(TransmitFull), TransmitFull);
        visitor.Visit("virtio-net", nameof(TransmitNoHeadroom), TransmitNoHeadroom);
        visitor.Visit("virtio-net", nameof(TransmitTooManyParts), TransmitTooManyParts);
        visitor.Visit("virtio-net", nameof(RefillFailures), RefillFailures);
        visitor.Visit("virtio-net", nameof(Faults), Faults);
        visitor.Visit("virtio-net", nameof(LinkChanges), LinkChanges);
    }
}
