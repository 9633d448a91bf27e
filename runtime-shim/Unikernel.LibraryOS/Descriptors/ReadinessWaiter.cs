namespace Unikernel.LibraryOS;

/// <summary>A thread in poll or select: sleeps until one of the files that it watches changes.</summary>
internal sealed class ReadinessWaiter : IReadinessWatcher
{
    // How often to look at a file that cannot tell of changes (the console's input).
    private const int LookMilliseconds = 10;

    private bool _changed;

    public void ReadinessChanged(OpenFile file)
    {
        lock (this)
        {
            _changed = true;
            Monitor.Pulse(this);
        }
    }

    /// <summary>Waits until a descriptor is ready or the time is up, and returns the number of ready ones.</summary>
    public uint WaitUntilReady(Span<PollEvent> events, int timeoutMilliseconds, bool watchesAll)
    {
        ulong deadline = timeoutMilliseconds < 0
            ? ulong.MaxValue
            : Core.MonotonicNanoseconds() + (ulong)timeoutMilliseconds * 1_000_000;
        while (true)
        {
            uint ready = PollEntryPoints.Test(events);
            if (ready != 0)
                return ready;

            ulong now = Core.MonotonicNanoseconds();
            if (now >= deadline)
                return 0;
            int milliseconds = deadline == ulong.MaxValue ? -1 : (int)((deadline - now + 999_999) / 1_000_000);
            if (!watchesAll)
                milliseconds = milliseconds < 0 ? LookMilliseconds : Math.Min(milliseconds, LookMilliseconds);
            lock (this)
            {
                if (!_changed)
                    Monitor.Wait(this, milliseconds);
                _changed = false;
            }
        }
    }
}
