using System.Diagnostics;

namespace Unikernel.Guest;

/// <summary>Timers, sleeps and delays. Bounds are one-sided: never early; the upper ones are so wide that only a hang fails.</summary>
internal static class TimerCases
{
    /// <summary>
    /// Milliseconds between two values of Linux's coarse clock, at most (CONFIG_HZ=100). ManualResetEventSlim subtracts what Environment.TickCount says it has
    /// spent spinning (TimeoutHelper.UpdateTimeOut), and that is this clock: on Linux its wait may be a tick short.
    /// </summary>
    private const int CoarseTick = 10;

    public static void Run()
    {
        Suite.Each("sleep is not short", [0, 1, 5, 20, 100], ms => NotShort(() => Thread.Sleep(ms), ms));
        Suite.Each("delay is not short", [1, 5, 20, 100], ms => NotShort(() => Task.Delay(ms).Wait(), ms));
        Suite.Each("wait is not short", [1, 20, 50], ms => NotShort(() => new ManualResetEventSlim().Wait(ms), ms - CoarseTick));
        Suite.Each("monitor wait is not short", [1, 20, 50], ms => NotShort(() =>
        {
            object gate = new();
            lock (gate)
            {
                Monitor.Wait(gate, ms);
            }
        }, ms));
        Suite.Case("200 sleeps of 1 ms", () => NotShort(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                Thread.Sleep(1);
            }
        }, 200));
        Suite.Case("50 threads sleep together", () =>
        {
            Stopwatch watch = Stopwatch.StartNew();
            Together.Run(50, _ => Thread.Sleep(100));
            return watch.ElapsedMilliseconds is >= 100 and < 5000;
        });
        Suite.Case("sleeps end in order of length", () =>
        {
            List<int> order = [];
            Together.Run(4, n =>
            {
                Thread.Sleep(n * 200);
                lock (order)
                {
                    order.Add(n);
                }
            });
            return order;
        });
        Suite.Throws("negative sleep", () => Thread.Sleep(-2));
        Suite.Case("one-shot timer", () =>
        {
            using ManualResetEventSlim fired = new();
            int count = 0;
            using Timer timer = new(_ =>
            {
                Interlocked.Increment(ref count);
                fired.Set();
            }, null, 10, Timeout.Infinite);
            fired.Wait();
            Thread.Sleep(40);
            return count;
        });
        Suite.Case("periodic timer fires", () =>
        {
            using CountdownEvent fired = new(5);
            using Timer timer = new(_ =>
            {
                if (!fired.IsSet)
                {
                    fired.Signal();
                }
            }, null, 1, 3);
            return fired.Wait(20_000);
        });
        Suite.Case("timer state", () =>
        {
            using ManualResetEventSlim fired = new();
            object? seen = null;
            using Timer timer = new(s =>
            {
                seen = s;
                fired.Set();
            }, "the state", 0, Timeout.Infinite);
            fired.Wait();
            return seen;
        });
        Suite.Case("timer stopped before it fires", () =>
        {
            int count = 0;
            Timer timer = new(_ => count++, null, 60, Timeout.Infinite);
            timer.Change(Timeout.Infinite, Timeout.Infinite);
            Thread.Sleep(90);
            timer.Dispose();
            return count;
        });
        Suite.Case("timer changed while waiting", () =>
        {
            using ManualResetEventSlim fired = new();
            using Timer timer = new(_ => fired.Set(), null, 1_000_000, Timeout.Infinite);
            timer.Change(5, Timeout.Infinite);
            return fired.Wait(20_000);
        });
        Suite.Case("timer dispose waits", () =>
        {
            using ManualResetEvent disposed = new(false);
            Timer timer = new(_ => { }, null, 1, 1);
            Thread.Sleep(10);
            return $"{timer.Dispose(disposed)} {disposed.WaitOne(20_000)}";
        });
        Suite.Case("timer dispose async", () =>
        {
            Timer timer = new(_ => Thread.Sleep(5), null, 0, 1);
            Thread.Sleep(10);
            return timer.DisposeAsync().AsTask().Wait(20_000);
        });
        Suite.Case("300 timers", () =>
        {
            using CountdownEvent all = new(300);
            Timer[] timers = [.. Enumerable.Range(0, 300).Select(i => new Timer(_ => all.Signal(), null, i % 50, Timeout.Infinite))];
            bool done = all.Wait(20_000);
            Array.ForEach(timers, t => t.Dispose());
            return $"{done} {Timer.ActiveCount >= 0}";
        });
        Suite.Case("PeriodicTimer", () => Periodic().Result);
        Suite.Case("PeriodicTimer disposed ends", () => PeriodicDisposed().Result);
        Suite.Case("System.Timers.Timer", () =>
        {
            using CountdownEvent fired = new(3);
            using System.Timers.Timer timer = new(3);
            timer.Elapsed += (_, _) =>
            {
                if (!fired.IsSet)
                {
                    fired.Signal();
                }
            };
            timer.Start();
            return fired.Wait(20_000);
        });
        Suite.Case("TimeProvider timer", () =>
        {
            using ManualResetEventSlim fired = new();
            using ITimer timer = TimeProvider.System.CreateTimer(_ => fired.Set(), null, TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);
            return fired.Wait(20_000);
        });
        Suite.Case("1000 delays at once", () => Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Task.Delay(i % 30))).Wait(20_000));
        Suite.Case("sleeping does not stop others", () =>
        {
            long spins = 0;
            bool stop = false;
            Thread worker = new(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    spins++;
                }
            });
            worker.Start();
            Thread.Sleep(50);
            Volatile.Write(ref stop, true);
            worker.Join();
            return spins > 1000;
        });
    }

    private static bool NotShort(Action wait, int ms)
    {
        long start = Stopwatch.GetTimestamp();
        wait();

        // Two milliseconds: the runtime's waits round down to whole milliseconds of their own clock.
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds >= ms - 2;
    }

    private static async Task<int> Periodic()
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(3));
        int ticks = 0;
        while (ticks < 5 && await timer.WaitForNextTickAsync())
        {
            ticks++;
        }

        return ticks;
    }

    private static async Task<bool> PeriodicDisposed()
    {
        PeriodicTimer timer = new(TimeSpan.FromHours(1));
        ValueTask<bool> tick = timer.WaitForNextTickAsync();
        timer.Dispose();
        return await tick;
    }
}
