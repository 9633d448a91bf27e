namespace Unikernel.Guest;

/// <summary>Events, countdowns, barriers and waiting for several things at once.</summary>
internal static class SignalCases
{
    public static void Run()
    {
        Suite.Case("auto reset wakes one at a time", () =>
        {
            using AutoResetEvent e = new(false);
            int passed = 0;
            Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                e.WaitOne();
                Interlocked.Increment(ref passed);
            }))];
            Array.ForEach(threads, t => t.Start());
            for (int i = 1; i <= 3; i++)
            {
                e.Set();
                SpinWait.SpinUntil(() => Volatile.Read(ref passed) == i);
            }

            Array.ForEach(threads, t => t.Join());
            return $"{passed} {e.WaitOne(0)}";
        });
        Suite.Case("auto reset remembers one set", () =>
        {
            using AutoResetEvent e = new(false);
            e.Set();
            e.Set();
            return $"{e.WaitOne(0)} {e.WaitOne(0)}";
        });
        Suite.Case("manual reset stays set", () =>
        {
            using ManualResetEvent e = new(true);
            string log = $"{e.WaitOne(0)} {e.WaitOne(0)}";
            e.Reset();
            return $"{log} {e.WaitOne(0)}";
        });
        Suite.Case("manual reset slim", () =>
        {
            using ManualResetEventSlim e = new();
            Thread thread = new(() =>
            {
                Thread.Sleep(10);
                e.Set();
            });
            thread.Start();
            bool set = e.Wait(Timeout.Infinite);
            thread.Join();
            return $"{set} {e.IsSet} {e.Wait(0)}";
        });
        Suite.Case("wait times out", () => new ManualResetEvent(false).WaitOne(15));
        Suite.Case("wait any", () =>
        {
            using ManualResetEvent a = new(false), b = new(false), c = new(true);
            return WaitHandle.WaitAny([a, b, c]);
        });
        Suite.Case("wait any times out", () => WaitHandle.WaitAny([new ManualResetEvent(false), new AutoResetEvent(false)], 10) == WaitHandle.WaitTimeout);
        Suite.Case("wait all", () =>
        {
            using ManualResetEvent a = new(false), b = new(false);
            ThreadPool.QueueUserWorkItem(_ => a.Set());
            ThreadPool.QueueUserWorkItem(_ => b.Set());
            return WaitHandle.WaitAll([a, b]);
        });
        Suite.Case("wait all times out", () => WaitHandle.WaitAll([new ManualResetEvent(true), new ManualResetEvent(false)], 10));
        Suite.Throws("wait for 65", () => WaitHandle.WaitAny([.. Enumerable.Range(0, 65).Select(_ => new ManualResetEvent(false))]));
        Suite.Case("signal and wait", () =>
        {
            using AutoResetEvent a = new(false), b = new(true);
            return $"{WaitHandle.SignalAndWait(a, b)} {a.WaitOne(0)}";
        });
        Suite.Throws("disposed event", () =>
        {
            ManualResetEvent e = new(false);
            e.Dispose();
            e.WaitOne();
        });
        Suite.Case("countdown", () =>
        {
            using CountdownEvent countdown = new(5);
            for (int i = 0; i < 5; i++)
            {
                ThreadPool.QueueUserWorkItem(_ => countdown.Signal());
            }

            countdown.Wait();
            return $"{countdown.CurrentCount} {countdown.IsSet}";
        });
        Suite.Throws("countdown below zero", () => new CountdownEvent(1).Signal(2));
        Suite.Case("barrier phases", () =>
        {
            List<string> phases = [];
            using Barrier barrier = new(3, b => phases.Add($"phase {b.CurrentPhaseNumber}"));
            int[] progress = new int[3];
            int early = 0;
            Together.Run(3, n =>
            {
                for (int i = 1; i <= 4; i++)
                {
                    progress[n] = i;
                    barrier.SignalAndWait();
                    if (progress.Any(p => p < i))
                    {
                        Interlocked.Increment(ref early);
                    }
                }
            });
            return $"{string.Join(' ', phases)} early {early}";
        });
        Suite.Throws("barrier post phase exception", () => new Barrier(1, _ => throw new InvalidOperationException("post")).SignalAndWait());
        Suite.Case("register wait", () =>
        {
            using AutoResetEvent e = new(false);
            using ManualResetEventSlim called = new();
            RegisteredWaitHandle handle = ThreadPool.RegisterWaitForSingleObject(e, (_, timedOut) =>
            {
                if (!timedOut)
                {
                    called.Set();
                }
            }, null, Timeout.Infinite, true);
            e.Set();
            called.Wait();
            handle.Unregister(null);
            return "called";
        });
        Suite.Case("register wait times out", () =>
        {
            using AutoResetEvent e = new(false);
            using ManualResetEventSlim called = new();
            bool outcome = false;
            RegisteredWaitHandle handle = ThreadPool.RegisterWaitForSingleObject(e, (_, timedOut) =>
            {
                outcome = timedOut;
                called.Set();
            }, null, 10, true);
            called.Wait();
            handle.Unregister(null);
            return outcome;
        });
        Suite.Case("event wait handle auto", () =>
        {
            using EventWaitHandle e = new(true, EventResetMode.AutoReset);
            return $"{e.WaitOne(0)} {e.WaitOne(0)}";
        });
        Suite.Case("event ring of 5 threads", () =>
        {
            AutoResetEvent[] ring = [.. Enumerable.Range(0, 5).Select(_ => new AutoResetEvent(false))];
            int token = 0;
            Thread[] threads = [.. Enumerable.Range(0, 5).Select(n => new Thread(() =>
            {
                for (int i = 0; i < 200; i++)
                {
                    ring[n].WaitOne();
                    token++;
                    ring[(n + 1) % 5].Set();
                }
            }))];
            Array.ForEach(threads, t => t.Start());
            ring[0].Set();
            Array.ForEach(threads, t => t.Join());
            return token;
        });
    }
}
