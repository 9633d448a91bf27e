using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>The collector must stop threads that never call anything: loops without allocation, calls or safe points.</summary>
internal static class SuspensionCases
{
    private static bool s_stop;
    private static long s_sink;

    public static void Run()
    {
        Suite.Case("tight loop does not hold up the gc", () => CollectWhile(1, _ => TightLoop()));
        Suite.Case("four tight loops", () => CollectWhile(4, _ => TightLoop()));
        Suite.Case("floating point loop keeps its values", FloatingPoint);
        Suite.Case("vector loop keeps its values", Vectors);
        Suite.Case("allocating threads", () => CollectWhile(4, _ => Allocate()));
        Suite.Case("recursing threads", () => CollectWhile(2, _ => Recurse()));
        Suite.Case("exceptions while collecting", () => CollectWhile(2, _ => Throw()));
        Suite.Case("locks while collecting", () => CollectWhile(3, _ => Locks()));
        Suite.Case("references on the stack survive", ReferencesSurvive);
        Suite.Case("interior references survive", InteriorSurvive);
        Suite.Case("many threads blocked during a gc", BlockedThreads);
        Suite.Case("threads come and go during collections", ComeAndGo);
        Suite.Case("collections by several threads", () =>
        {
            int done = 0;
            Together.Run(4, n =>
            {
                for (int i = 0; i < 20; i++)
                {
                    GC.Collect((i + n) % 3);
                    Interlocked.Increment(ref done);
                }
            });
            return done;
        });
        Suite.Case("no gc region while others allocate", () =>
        {
            bool started = GC.TryStartNoGCRegion(4_000_000);
            Together.Run(2, _ => GC.KeepAlive(new byte[10_000]));
            GC.EndNoGCRegion();
            return started;
        });
    }

    private static readonly object s_gate = new();

    private static string CollectWhile(int threads, Action<int> body)
    {
        Volatile.Write(ref s_stop, false);
        using CountdownEvent started = new(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(n => new Thread(() =>
        {
            started.Signal();
            body(n);
        }))];
        Array.ForEach(all, t => t.Start());
        started.Wait();
        int collections = 0;
        for (; collections < 20; collections++)
        {
            GC.Collect(collections % 3);
        }

        Volatile.Write(ref s_stop, true);
        Array.ForEach(all, t => t.Join());
        return $"{collections} collections";
    }

    private static void TightLoop()
    {
        long n = 0;
        while (!Volatile.Read(ref s_stop))
        {
            n = n * 31 + 7;
        }

        Volatile.Write(ref s_sink, n);
    }

    private static void Allocate()
    {
        List<byte[]> window = [];
        for (int i = 0; !Volatile.Read(ref s_stop); i++)
        {
            window.Add(new byte[i % 3000]);
            if (window.Count > 50)
            {
                window.Clear();
            }
        }
    }

    private static void Recurse()
    {
        while (!Volatile.Read(ref s_stop))
        {
            s_sink += Down(200, new object());
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Down(int depth, object carried) => depth == 0 ? carried.GetHashCode() & 1 : Down(depth - 1, new object()) + 1;

    private static void Throw()
    {
        while (!Volatile.Read(ref s_stop))
        {
            try
            {
                throw new InvalidOperationException();
            }
            catch (InvalidOperationException)
            {
            }
        }
    }

    private static void Locks()
    {
        while (!Volatile.Read(ref s_stop))
        {
            lock (s_gate)
            {
                s_sink++;
            }
        }
    }

    private static string FloatingPoint()
    {
        double expected = Sum(200_000);
        int wrong = 0, rounds = 0;
        CollectWhile(2, _ =>
        {
            do
            {
                if (Sum(200_000) != expected)
                {
                    Interlocked.Increment(ref wrong);
                }

                Interlocked.Increment(ref rounds);
            }
            while (!Volatile.Read(ref s_stop));
        });
        return $"{wrong} wrong, ran {rounds > 0}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static double Sum(int n)
        {
            double a = 0, b = 1, c = 0.5, d = 3;
            for (int i = 1; i < n; i++)
            {
                a += 1.0 / i;
                b = b * 0.999 + a;
                c = Math.Sqrt(c + b);
                d -= c / (i + 1.0);
            }

            return a + b + c + d;
        }
    }

    private static string Vectors()
    {
        int expected = Mix(100_000);
        int wrong = 0;
        CollectWhile(3, _ =>
        {
            do
            {
                if (Mix(100_000) != expected)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
            while (!Volatile.Read(ref s_stop));
        });
        return $"{wrong} wrong, {expected}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Mix(int n)
        {
            System.Runtime.Intrinsics.Vector256<int> v = System.Runtime.Intrinsics.Vector256.Create(1, 2, 3, 4, 5, 6, 7, 8);
            System.Runtime.Intrinsics.Vector256<int> w = System.Runtime.Intrinsics.Vector256<int>.One;
            for (int i = 0; i < n; i++)
            {
                v = (v << 5) ^ (v >>> 3) ^ w;
                w += v;
            }

            return System.Runtime.Intrinsics.Vector256.Sum(v ^ w);
        }
    }

    private static string ReferencesSurvive()
    {
        int wrong = 0;
        CollectWhile(3, n =>
        {
            do
            {
                string a = new('a', 10 + n), b = new('b', 20 + n), c = new('c', 30 + n), d = new('d', 40 + n);
                for (int i = 0; i < 50; i++)
                {
                    _ = new byte[100];
                }

                if (a.Length + b.Length + c.Length + d.Length != 100 + 4 * n || a[0] != 'a' || d[^1] != 'd')
                {
                    Interlocked.Increment(ref wrong);
                }
            }
            while (!Volatile.Read(ref s_stop));
        });
        return $"{wrong} wrong";
    }

    private static string InteriorSurvive()
    {
        int wrong = 0;
        CollectWhile(2, n =>
        {
            do
            {
                Span<int> middle = new int[1000].AsSpan(500);
                middle.Fill(n + 1);
                for (int i = 0; i < 20; i++)
                {
                    _ = new byte[1000];
                }

                foreach (int i in middle)
                {
                    if (i != n + 1)
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
            while (!Volatile.Read(ref s_stop));
        });
        return $"{wrong} wrong";
    }

    private static string BlockedThreads()
    {
        using ManualResetEventSlim release = new();
        using CountdownEvent ready = new(40);
        int alive = 0;
        Thread[] threads = [.. Enumerable.Range(0, 40).Select(n => new Thread(() =>
        {
            object[] held = [n, $"thread {n}", new byte[n * 10]];
            ready.Signal();
            release.Wait();
            Interlocked.Add(ref alive, (int)held[0] + ((byte[])held[2]).Length);
        }, 128 * 1024))];
        Array.ForEach(threads, t => t.Start());
        ready.Wait();
        for (int i = 0; i < 10; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, true, true);
        }

        release.Set();
        Array.ForEach(threads, t => t.Join());
        return alive.ToString();
    }

    private static string ComeAndGo()
    {
        int ran = 0;
        string collected = CollectWhile(2, _ =>
        {
            do
            {
                Together.Run(3, n =>
                {
                    GC.KeepAlive(new int[n + 100]);
                    Interlocked.Increment(ref ran);
                });
            }
            while (!Volatile.Read(ref s_stop));
        });
        return $"{collected}, ran {ran > 0}";
    }
}
