using System.Runtime.InteropServices;
using Unikernel.Binding;

namespace Unikernel.LibraryOS;

/// <summary>One descriptor to poll (struct PollEvent in src/native/libs/System.Native/pal_io.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEvent
{
    public const short In = 1;
    public const short Priority = 2;
    public const short Out = 4;
    public const short Error = 8;
    public const short HangUp = 16;
    public const short Invalid = 32;

    public int Descriptor;
    public short Events;
    public short Triggered;
}

/// <summary>poll(2) over the descriptor table.</summary>
internal static unsafe class PollEntryPoints
{
    [ProvidesEntryPoint(Libraries.SystemNative, "SystemNative_Poll")]
    public static int Poll(PollEvent* events, uint count, int timeoutMilliseconds, uint* triggered)
    {
        if (events == null || triggered == null)
            return PalError.FromErrno(Errno.EFAULT);
        if (timeoutMilliseconds < -1)
            return PalError.FromErrno(Errno.EINVAL);

        var span = new Span<PollEvent>(events, (int)count);
        *triggered = Test(span);
        if (*triggered == 0 && timeoutMilliseconds != 0)
            *triggered = Wait(span, timeoutMilliseconds);
        return PalError.Success;
    }

    /// <summary>Fills in what is ready now and returns the number of descriptors with something to say.</summary>
    public static uint Test(Span<PollEvent> events)
    {
        uint ready = 0;
        foreach (ref PollEvent e in events)
        {
            // A negative descriptor is to be ignored (POSIX.1-2017, poll).
            e.Triggered = e.Descriptor < 0 ? (short)0 : Test(DescriptorTable.Find(e.Descriptor), e.Events);
            if (e.Triggered != 0)
                ready++;
        }

        return ready;
    }

    private static short Test(OpenFile? file, short interest)
    {
        if (file is null)
            return PollEvent.Invalid;
        Readiness now = file.Readiness;
        int result = 0;
        if ((now & (Readiness.Readable | Readiness.ReadClosed)) != 0)
            result |= interest & PollEvent.In;
        if ((now & Readiness.Writable) != 0)
            result |= interest & PollEvent.Out;
        if ((now & Readiness.Urgent) != 0)
            result |= interest & PollEvent.Priority;
        // These two are reported whether asked for or not.
        if ((now & Readiness.Closed) != 0)
            result |= PollEvent.HangUp;
        if ((now & Readiness.Error) != 0)
            result |= PollEvent.Error;
        return (short)result;
    }

    private static uint Wait(Span<PollEvent> events, int timeoutMilliseconds)
    {
        var waiter = new ReadinessWaiter();
        bool watchesAll = true;
        foreach (PollEvent e in events)
        {
            if (e.Descriptor >= 0 && DescriptorTable.Find(e.Descriptor) is { } file)
            {
                file.Watch(waiter);
                watchesAll &= file.NotifiesReadiness;
            }
        }

        try
        {
            return waiter.WaitUntilReady(events, timeoutMilliseconds, watchesAll);
        }
        finally
        {
            foreach (PollEvent e in events)
            {
                if (e.Descriptor >= 0)
                    DescriptorTable.Find(e.Descriptor)?.Unwatch(waiter);
            }
        }
    }
}
