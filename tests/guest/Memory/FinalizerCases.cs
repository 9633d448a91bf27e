using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Finalizers, resurrection and re-registration. Each case makes its objects in a method that is not inlined.</summary>
internal static class FinalizerCases
{
    public static void Run()
    {
        Suite.Case("runs", () => Finalized(() => Make(1)));
        Suite.Case("1000 run", () => Finalized(() => Make(1000)));
        Suite.Case("suppressed", () => Finalized(MakeSuppressed));
        Suite.Case("re-registered", () => Finalized(MakeReRegistered));
        Suite.Case("resurrected", Resurrection);
        Suite.Case("order of a chain does not matter", () => Finalized(() => MakeChain(50)));
        Suite.Case("allocates in the finalizer", () => Finalized(MakeAllocating));
        Suite.Case("runs on another thread", OtherThread);
        Suite.Case("after an exception in the constructor", () => Finalized(MakeThrowing));
        Suite.Case("dispose pattern", DisposePattern);
        Suite.Case("critical finalizer object", () => Finalized(MakeCritical));
        Suite.Case("safe handle releases", SafeHandle);
        Suite.Case("safe handle release after add ref", SafeHandleAddRef);
        Suite.Case("static object is not finalized", StaticIsNot);
        Suite.Case("wait without finalizers returns", () =>
        {
            GC.WaitForPendingFinalizers();
            return "returned";
        });
        Suite.Throws("suppress null", () => GC.SuppressFinalize(null!));
    }

    private static readonly Noted s_static = new();
    private static int s_finalized;
    private static Resurrecting? s_resurrected;
    private static int s_finalizerThread;

    private static int Finalized(Action make)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int before = Volatile.Read(ref s_finalized);
        make();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return Volatile.Read(ref s_finalized) - before;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Make(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _ = new Noted();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeSuppressed() => GC.SuppressFinalize(new Noted());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeReRegistered()
    {
        Noted o = new();
        GC.SuppressFinalize(o);
        GC.ReRegisterForFinalize(o);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeChain(int length)
    {
        Noted? next = null;
        for (int i = 0; i < length; i++)
        {
            next = new Noted { Next = next };
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeAllocating() => _ = new Allocating();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeThrowing()
    {
        try
        {
            _ = new ThrowsInConstructor();
        }
        catch (InvalidOperationException)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeCritical() => _ = new Critical();

    private static string Resurrection()
    {
        MakeResurrecting();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        string first = $"{s_resurrected is not null} {s_resurrected?.Count}";
        if (s_resurrected is not null)
        {
            GC.ReRegisterForFinalize(s_resurrected);
        }

        s_resurrected = null;
        Smash();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return $"{first} {s_resurrected is not null} {s_resurrected?.Count}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void MakeResurrecting() => _ = new Resurrecting();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Smash() => Make(10);

    private static bool OtherThread()
    {
        s_finalizerThread = 0;
        Abandon();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return s_finalizerThread != 0 && s_finalizerThread != Environment.CurrentManagedThreadId;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon() => _ = new ThreadNoting();
    }

    private static string DisposePattern()
    {
        int byDispose = Finalized(() =>
        {
            using Disposable d = new();
        });
        int byFinalizer = Finalized(Abandon);
        return $"{byDispose} {byFinalizer} {Disposable.Disposed}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon() => _ = new Disposable();
    }

    private static string SafeHandle()
    {
        int before = Handle.Released;
        using (Handle h = new(5))
        {
            _ = h.IsInvalid;
        }

        int disposed = Handle.Released - before;
        Abandon();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return $"{disposed} {Handle.Released - before}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon() => _ = new Handle(6);
    }

    private static string SafeHandleAddRef()
    {
        int before = Handle.Released;
        Handle h = new(7);
        bool added = false;
        h.DangerousAddRef(ref added);
        h.Dispose();
        int whileHeld = Handle.Released - before;
        h.DangerousRelease();
        return $"{added} {whileHeld} {Handle.Released - before} {h.IsClosed}";
    }

    private static int StaticIsNot()
    {
        int finalized = Finalized(() => { });
        GC.KeepAlive(s_static);
        return finalized;
    }

    private sealed class Noted
    {
        public Noted? Next;

        ~Noted() => Interlocked.Increment(ref s_finalized);
    }

    private sealed class Resurrecting
    {
        public int Count;

        ~Resurrecting()
        {
            Count++;
            s_resurrected = this;
        }
    }

    private sealed class Allocating
    {
        ~Allocating()
        {
            List<byte[]> list = [];
            for (int i = 0; i < 500; i++)
            {
                list.Add(new byte[1000]);
            }

            GC.Collect(0);
            Interlocked.Add(ref s_finalized, list.Count);
        }
    }

    private sealed class ThreadNoting
    {
        ~ThreadNoting() => s_finalizerThread = Environment.CurrentManagedThreadId;
    }

    private sealed class ThrowsInConstructor
    {
        public ThrowsInConstructor() => throw new InvalidOperationException();

        ~ThrowsInConstructor() => Interlocked.Increment(ref s_finalized);
    }

    private sealed class Critical : System.Runtime.ConstrainedExecution.CriticalFinalizerObject
    {
        ~Critical() => Interlocked.Increment(ref s_finalized);
    }

    private sealed class Disposable : IDisposable
    {
        public static int Disposed;

        public void Dispose()
        {
            Disposed++;
            GC.SuppressFinalize(this);
        }

        ~Disposable() => Interlocked.Increment(ref s_finalized);
    }

    private sealed class Handle : System.Runtime.InteropServices.SafeHandle
    {
        public static int Released;

        public Handle(int value) : base(0, ownsHandle: true) => SetHandle(value);

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            Interlocked.Increment(ref Released);
            return true;
        }
    }
}
