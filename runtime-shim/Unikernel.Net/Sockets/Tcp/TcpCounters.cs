namespace Unikernel.Net.Sockets.Tcp;

/// <summary>What TCP counted. Each way to drop a segment has its own.</summary>
public sealed class TcpCounters : ICounterGroup
{
#pragma warning disable CS1591 // the names say it
    // Traffic
    public long SegmentsReceived, SegmentsSent, SegmentsRetransmitted, ResetsReceived, ResetsSent, ActiveOpens, PassiveOpens, FailedConnects, EstablishedResets;

    // Drops on input
    public long Malformed, ChecksumErrors, BadAddress, NoConnection, OutsideWindow, PawsRejected, MissingTimestamp, MissingAck, AckTooNew, AckTooOld, BadResetSequence,
        SynInWindow, DuplicateText, BeyondWindow, OutOfOrderLimit, MemoryDrops, TextAfterClose, SynTextIgnored, BadCookie, ListenOverflow, HalfOpenOverflow, UnexpectedInSynSent,
        TimeWaitDrops, UrgentStale, FastOpenBadCookie, FastOpenOverflow, FastOpenNotTaken;

    // Work
    public long OutOfOrderQueued, DuplicateAcks, ChallengeAcks, ChallengeAcksLimited, FastRecoveries, Timeouts, SpuriousTimeouts, SpuriousRecoveries, SackReneging, ZeroWindowProbes, KeepAliveProbes,
        KeepAliveDrops, TimedOut, CookiesSent, CookiesAccepted, TimeWaitStarted, TimeWaitReused, TimeWaitEvicted, OrphansKilled, FinWait2Timeouts, PathMtuReductions, LossProbes, LossProbeRecoveries, FastOpenPassive, FastOpenActive,
        IcmpIgnored, CongestionMarks, CongestionEchoes, NoBuffer, DeviceBusy, SendFailed, DelayedAcks, PortsExhausted, ConnectionLimit;
#pragma warning restore CS1591

    public void Visit(ICounterVisitor visitor)
    {
        const string Group = "tcp";
        visitor.Visit(Group, nameof(SegmentsReceived), SegmentsReceived);
        visitor.Visit(Group, nameof(SegmentsSent), SegmentsSent);
        visitor.Visit(Group, nameof(SegmentsRetransmitted), SegmentsRetransmitted);
        visitor.Visit(Group, nameof(ResetsReceived), ResetsReceived);
        visitor.Visit(Group, nameof(ResetsSent), ResetsSent);
        visitor.Visit(Group, nameof(ActiveOpens), ActiveOpens);
        visitor.Visit(Group, nameof(PassiveOpens), PassiveOpens);
        visitor.Visit(Group, nameof(FailedConnects), FailedConnects);
        visitor.Visit(Group, nameof(EstablishedResets), EstablishedResets);
        visitor.Visit(Group, nameof(Malformed), Malformed);
        visitor.Visit(Group, nameof(ChecksumErrors), ChecksumErrors);
        visitor.Visit(Group, nameof(BadAddress), BadAddress);
        visitor.Visit(Group, nameof(NoConnection), NoConnection);
        visitor.Visit(Group, nameof(OutsideWindow), OutsideWindow);
        visitor.Visit(Group, nameof(PawsRejected), PawsRejected);
        visitor.Visit(Group, nameof(MissingTimestamp), MissingTimestamp);
        visitor.Visit(Group, nameof(MissingAck), MissingAck);
        visitor.Visit(Group, nameof(AckTooNew), AckTooNew);
        visitor.Visit(Group, nameof(AckTooOld), AckTooOld);
        visitor.Visit(Group, nameof(BadResetSequence), BadResetSequence);
        visitor.Visit(Group, nameof(SynInWindow), SynInWindow);
        visitor.Visit(Group, nameof(DuplicateText), DuplicateText);
        visitor.Visit(Group, nameof(BeyondWindow), BeyondWindow);
        visitor.Visit(Group, nameof(OutOfOrderLimit), OutOfOrderLimit);
        visitor.Visit(Group, nameof(MemoryDrops), MemoryDrops);
        visitor.Visit(Group, nameof(TextAfterClose), TextAfterClose);
        visitor.Visit(Group, nameof(SynTextIgnored), SynTextIgnored);
        visitor.Visit(Group, nameof(BadCookie), BadCookie);
        visitor.Visit(Group, nameof(ListenOverflow), ListenOverflow);
        visitor.Visit(Group, nameof(HalfOpenOverflow), HalfOpenOverflow);
        visitor.Visit(Group, nameof(UnexpectedInSynSent), UnexpectedInSynSent);
        visitor.Visit(Group, nameof(TimeWaitDrops), TimeWaitDrops);
        visitor.Visit(Group, nameof(UrgentStale), UrgentStale);
        visitor.Visit(Group, nameof(FastOpenBadCookie), FastOpenBadCookie);
        visitor.Visit(Group, nameof(FastOpenOverflow), FastOpenOverflow);
        visitor.Visit(Group, nameof(FastOpenNotTaken), FastOpenNotTaken);
        visitor.Visit(Group, nameof(OutOfOrderQueued), OutOfOrderQueued);
        visitor.Visit(Group, nameof(DuplicateAcks), DuplicateAcks);
        visitor.Visit(Group, nameof(ChallengeAcks), ChallengeAcks);
        visitor.Visit(Group, nameof(ChallengeAcksLimited), ChallengeAcksLimited);
        visitor.Visit(Group, nameof(FastRecoveries), FastRecoveries);
        visitor.Visit(Group, nameof(Timeouts), Timeouts);
        visitor.Visit(Group, nameof(SpuriousTimeouts), SpuriousTimeouts);
        visitor.Visit(Group, nameof(SpuriousRecoveries), SpuriousRecoveries);
        visitor.Visit(Group, nameof(SackReneging), SackReneging);
        visitor.Visit(Group, nameof(ZeroWindowProbes), ZeroWindowProbes);
        visitor.Visit(Group, nameof(KeepAliveProbes), KeepAliveProbes);
        visitor.Visit(Group, nameof(KeepAliveDrops), KeepAliveDrops);
        visitor.Visit(Group, nameof(TimedOut), TimedOut);
        visitor.Visit(Group, nameof(CookiesSent), CookiesSent);
        visitor.Visit(Group, nameof(CookiesAccepted), CookiesAccepted);
        visitor.Visit(Group, nameof(TimeWaitStarted), TimeWaitStarted);
        visitor.Visit(Group, nameof(TimeWaitReused), TimeWaitReused);
        visitor.Visit(Group, nameof(TimeWaitEvicted), TimeWaitEvicted);
        visitor.Visit(Group, nameof(OrphansKilled), OrphansKilled);
        visitor.Visit(Group, nameof(FinWait2Timeouts), FinWait2Timeouts);
        visitor.Visit(Group, nameof(PathMtuReductions), PathMtuReductions);
        visitor.Visit(Group, nameof(LossProbes), LossProbes);
        visitor.Visit(Group, nameof(LossProbeRecoveries), LossProbeRecoveries);
        visitor.Visit(Group, nameof(FastOpenPassive), FastOpenPassive);
        visitor.Visit(Group, nameof(FastOpenActive), FastOpenActive);
        visitor.Visit(Group, nameof(IcmpIgnored), IcmpIgnored);
        visitor.Visit(Group, nameof(CongestionMarks), CongestionMarks);
        visitor.Visit(Group, nameof(CongestionEchoes), CongestionEchoes);
        visitor.Visit(Group, nameof(NoBuffer), NoBuffer);
        visitor.Visit(Group, nameof(DeviceBusy), DeviceBusy);
        visitor.Visit(Group, nameof(SendFailed), SendFailed);
        visitor.Visit(Group, nameof(DelayedAcks), DelayedAcks);
        visitor.Visit(Group, nameof(PortsExhausted), PortsExhausted);
        visitor.Visit(Group, nameof(ConnectionLimit), ConnectionLimit);
    }
}
