using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>select(2) for long lists of sockets (short ones go to poll).</summary>
internal static unsafe class SelectEntryPoints
{
    /// <summary>The lists come back with 1 for each descriptor that is ready and 0 for the others.</summary>
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Select")]
    public static int Select(
        int* read, int readCount, int* write, int writeCount, int* error, int errorCount, int timeoutMicroseconds, int highest, int* triggered)
    {
        *triggered = 0;
        var events = new PollEvent[readCount + writeCount + errorCount];
        Fill(events.AsSpan(0, readCount), read, PollEvent.In);
        Fill(events.AsSpan(readCount, writeCount), write, PollEvent.Out);
        Fill(events.AsSpan(readCount + writeCount), error, PollEvent.Priority);
        uint count;
        fixed (PollEvent* p = events)
        {
            int milliseconds = timeoutMicroseconds < 0 ? -1 : (int)(((long)timeoutMicroseconds + 999) / 1000);
            int result = PollEntryPoints.Poll(p, (uint)events.Length, milliseconds, &count);
            if (result != PalError.Success)
                return result;
        }

        const short readable = PollEvent.In | PollEvent.HangUp | PollEvent.Error;
        *triggered += TakeOver(events.AsSpan(0, readCount), read, readable);
        *triggered += TakeOver(events.AsSpan(readCount, writeCount), write, PollEvent.Out | PollEvent.Error);
        *triggered += TakeOver(events.AsSpan(readCount + writeCount), error, PollEvent.Priority);
        return PalError.Success;
    }

    private static void Fill(Span<PollEvent> events, int* descriptors, short interest)
    {
        for (int i = 0; i < events.Length; i++)
            events[i] = new PollEvent { Descriptor = descriptors[i], Events = interest };
    }

    private static int TakeOver(Span<PollEvent> events, int* descriptors, short interest)
    {
        int ready = 0;
        for (int i = 0; i < events.Length; i++)
        {
            descriptors[i] = (events[i].Triggered & interest) != 0 ? 1 : 0;
            ready += descriptors[i];
        }

        return ready;
    }
}
