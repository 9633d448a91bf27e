using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Mutual exclusion: Monitor, Lock, Mutex, SpinLock, SemaphoreSlim, ReaderWriterLockSlim.</summary>
internal static class LockCases
{
    public static void Run()
    {
        Suite.Case("monitor counts exactly", () => Counted(gate =>
        {
            lock (gate)
            {
                gate.Value++;
            }
        }));
        Suite.Case("monitor is recursive", () =>
        {
            object gate = new();
            lock (gate)
            {
                lock (gate)
                {
                    return Monitor.IsEntered(gate);
                }
            }
        });
        Suite.Case("monitor taken more often than its word can count", () => Deep(new object()));
        Suite.Case("monitor of an object with a hash code", () =>
        {
            object gate = new();
            int hash = RuntimeHelpers.GetHashCode(gate);
            return $"{Deep(gate)} {RuntimeHelpers.GetHashCode(gate) == hash}";
        });
        Suite.Case("monitor of objects that move", ObjectsThatMove);
        Suite.Throws("monitor enter null", () => Monitor.Enter(null!));
        Suite.Throws("monitor exit null", () => Monitor.Exit(null!));
        Suite.Throws("monitor exit held by another", () =>
        {
            object gate = new();
            Together.Run(1, _ => Monitor.Enter(gate));
            Monitor.Exit(gate);
        });
        Suite.Case("monitor try enter held by another", () => HeldByAnother(gate => Monitor.TryEnter(gate)));
        Suite.Case("monitor try enter with timeout", () => HeldByAnother(gate => Monitor.TryEnter(gate, 20)));
        Suite.Throws("monitor exit not held", () => Monitor.Exit(new object()));
        Suite.Throws("monitor wait not held", () => Monitor.Wait(new object()));
        Suite.Throws("monitor pulse not held", () => Monitor.Pulse(new object()));
        Suite.Case("monitor wait times out", () =>
        {
            object gate = new();
            lock (gate)
            {
                return Monitor.Wait(gate, 15);
            }
        });
        Suite.Case("monitor pulse wakes one", () => Pulse(all: false));
        Suite.Case("monitor pulse all wakes all", () => Pulse(all: true));
        Suite.Case("monitor wait releases recursion", WaitReleasesRecursion);
        Suite.Case("ping pong by monitor", () => PingPong(500));
        Suite.Case("producer consumer by monitor", ProducerConsumer);
        Suite.Case("lock contention count grows", () => Monitor.LockContentionCount >= 0);
        Suite.Case("System.Threading.Lock", () =>
        {
            Lock gate = new();
            int count = 0;
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 5000; i++)
                {
                    lock (gate)
                    {
                        count++;
                    }
                }
            });
            return $"{count} {gate.IsHeldByCurrentThread} {gate.TryEnter()} {gate.IsHeldByCurrentThread}";
        });
        Suite.Throws("Lock exit not held", () => new Lock().Exit());
        Suite.Case("mutex", () =>
        {
            using Mutex mutex = new();
            int count = 0;
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    mutex.WaitOne();
                    count++;
                    mutex.ReleaseMutex();
                }
            });
            return count;
        });
        Suite.Case("mutex abandoned", () =>
        {
            using Mutex mutex = new();
            Together.Run(1, _ => mutex.WaitOne());
            try
            {
                mutex.WaitOne();
                return "acquired";
            }
            catch (AbandonedMutexException e)
            {
                return Suite.Describe(e);
            }
        });
        Suite.Throws("mutex release not held", () => new Mutex().ReleaseMutex());
        Suite.Case("spin lock", () =>
        {
            SpinLock gate = new(enableThreadOwnerTracking: false);
            int count = 0;
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    bool taken = false;
                    gate.Enter(ref taken);
                    count++;
                    gate.Exit();
                }
            });
            return count;
        });
        Suite.Case("semaphore slim limits", () => SemaphoreLimits(3));
        Suite.Case("semaphore slim wait times out", () => new SemaphoreSlim(0).Wait(15));
        Suite.Throws("semaphore slim over maximum", () => new SemaphoreSlim(1, 1).Release());
        Suite.Case("semaphore slim async", () => SemaphoreAsync().Result);
        Suite.Case("semaphore slim cancelled wait", () =>
        {
            using SemaphoreSlim semaphore = new(0);
            using CancellationTokenSource source = new(10);
            try
            {
                semaphore.Wait(source.Token);
                return "entered";
            }
            catch (OperationCanceledException)
            {
                return $"cancelled, count {semaphore.CurrentCount}";
            }
        });
        Suite.Case("semaphore", () =>
        {
            using Semaphore semaphore = new(2, 5);
            semaphore.WaitOne();
            int previous = semaphore.Release(3);
            return $"{previous} {semaphore.WaitOne(0)}";
        });
        Suite.Case("reader writer readers share", () =>
        {
            using ReaderWriterLockSlim gate = new();
            using Barrier inside = new(4);
            int together = 0;
            Together.Run(4, _ =>
            {
                gate.EnterReadLock();
                inside.SignalAndWait();
                Interlocked.Add(ref together, gate.CurrentReadCount);
                inside.SignalAndWait();
                gate.ExitReadLock();
            });
            return $"{together} {gate.CurrentReadCount}";
        });
        Suite.Case("reader writer is exact", ReaderWriter);
        Suite.Case("reader writer upgrade", () =>
        {
            using ReaderWriterLockSlim gate = new();
            gate.EnterUpgradeableReadLock();
            gate.EnterWriteLock();
            string state = $"{gate.IsUpgradeableReadLockHeld} {gate.IsWriteLockHeld} {gate.IsReadLockHeld}";
            gate.ExitWriteLock();
            gate.ExitUpgradeableReadLock();
            return state;
        });
        Suite.Case("reader writer try write under read", () =>
        {
            using ReaderWriterLockSlim gate = new();
            gate.EnterReadLock();
            bool entered = false;
            Together.Run(1, _ => entered = gate.TryEnterWriteLock(15));
            gate.ExitReadLock();
            return entered;
        });
        Suite.Throws("reader writer recursion", () =>
        {
            using ReaderWriterLockSlim gate = new();
            gate.EnterReadLock();
            try
            {
                gate.EnterReadLock();
            }
            finally
            {
                gate.ExitReadLock();
            }
        });
        Suite.Case("old reader writer lock", () =>
        {
            ReaderWriterLock gate = new();
            gate.AcquireReaderLock(Timeout.Infinite);
            LockCookie cookie = gate.UpgradeToWriterLock(Timeout.Infinite);
            bool writing = gate.IsWriterLockHeld;
            gate.DowngradeFromWriterLock(ref cookie);
            gate.ReleaseReaderLock();
            return $"{writing} {gate.IsReaderLockHeld}";
        });
        Suite.Case("synchronized method", () =>
        {
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    Synchronized.Increment();
                }
            });
            return Synchronized.Count;
        });
    }

    private sealed class Box
    {
        public int Value;
    }

    private static class Synchronized
    {
        public static int Count;

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.Synchronized)]
        public static void Increment() => Count++;
    }

    private static int Counted(Action<Box> increment)
    {
        Box box = new();
        Together.Run(6, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                increment(box);
            }
        });
        return box.Value;
    }

    private static bool HeldByAnother(Func<object, bool> tryEnter)
    {
        object gate = new();
        bool entered = true;
        lock (gate)
        {
            Together.Run(1, _ => entered = tryEnter(gate));
        }

        return entered;
    }

    private static string Pulse(bool all)
    {
        object gate = new();
        int waiting = 0, woken = 0, tickets = 0;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            lock (gate)
            {
                waiting++;
                while (tickets == 0)
                {
                    Monitor.Wait(gate);
                }

                tickets--;
                woken++;
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        while (Volatile.Read(ref waiting) < 3)
        {
            Thread.Sleep(1);
        }

        if (all)
        {
            lock (gate)
            {
                tickets = 3;
                Monitor.PulseAll(gate);
            }
        }
        else
        {
            for (int i = 0; i < 3; i++)
            {
                lock (gate)
                {
                    tickets++;
                    Monitor.Pulse(gate);
                }
            }
        }

        Array.ForEach(threads, t => t.Join());
        return $"{woken} {tickets}";
    }

    private static string WaitReleasesRecursion()
    {
        object gate = new();
        bool entered = false;
        Thread thread = new(() =>
        {
            lock (gate)
            {
                entered = true;
                Monitor.Pulse(gate);
            }
        });
        Monitor.Enter(gate);
        Monitor.Enter(gate);
        thread.Start();
        bool pulsed = Monitor.Wait(gate);
        Monitor.Exit(gate);
        bool still = Monitor.IsEntered(gate);
        Monitor.Exit(gate);
        thread.Join();
        return $"{pulsed} {entered} {still} {Monitor.IsEntered(gate)}";
    }

    private static string PingPong(int rounds)
    {
        object gate = new();
        bool ping = true;
        int pings = 0, pongs = 0;
        Together.Run(2, n =>
        {
            for (int i = 0; i < rounds; i++)
            {
                lock (gate)
                {
                    while (ping != (n == 0))
                    {
                        Monitor.Wait(gate);
                    }

                    _ = n == 0 ? pings++ : pongs++;
                    ping = !ping;
                    Monitor.Pulse(gate);
                }
            }
        });
        return $"{pings} {pongs}";
    }

    private static string ProducerConsumer()
    {
        Queue<int> queue = new();
        long sum = 0;
        int consumed = 0;
        Together.Run(4, n =>
        {
            if (n < 2)
            {
                for (int i = 1; i <= 1000; i++)
                {
                    lock (queue)
                    {
                        while (queue.Count >= 10)
                        {
                            Monitor.Wait(queue);
                        }

                        queue.Enqueue(i);
                        Monitor.PulseAll(queue);
                    }
                }
            }
            else
            {
                for (int i = 1; i <= 1000; i++)
                {
                    lock (queue)
                    {
                        while (queue.Count == 0)
                        {
                            Monitor.Wait(queue);
                        }

                        sum += queue.Dequeue();
                        consumed++;
                        Monitor.PulseAll(queue);
                    }
                }
            }
        });
        return $"{consumed} {sum}";
    }

    private static string SemaphoreLimits(int limit)
    {
        using SemaphoreSlim semaphore = new(limit);
        int inside = 0, most = 0;
        Together.Run(8, _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                semaphore.Wait();
                int now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                Thread.Yield();
                Interlocked.Decrement(ref inside);
                semaphore.Release();
            }
        });
        return $"{most <= limit} {semaphore.CurrentCount}";
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static async Task<string> SemaphoreAsync()
    {
        using SemaphoreSlim semaphore = new(1);
        int count = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            await semaphore.WaitAsync();
            int seen = count;
            await Task.Yield();
            count = seen + 1;
            semaphore.Release();
        }));
        return count.ToString();
    }

    private static string ReaderWriter()
    {
        using ReaderWriterLockSlim gate = new();
        long a = 0, b = 0;
        int torn = 0;
        Together.Run(6, n =>
        {
            for (int i = 0; i < 500; i++)
            {
                if (n < 2)
                {
                    gate.EnterWriteLock();
                    a++;
                    Thread.Yield();
                    b++;
                    gate.ExitWriteLock();
                }
                else
                {
                    gate.EnterReadLock();
                    if (a != b)
                    {
                        Interlocked.Increment(ref torn);
                    }

                    gate.ExitReadLock();
                }
            }
        });
        return $"{a} {b} torn {torn}";
    }

    // 64 levels fit into the word in front of an object.
    private static string Deep(object gate)
    {
        for (int i = 0; i < 100; i++)
        {
            Monitor.Enter(gate);
        }

        bool others = true;
        Together.Run(1, _ => others = Monitor.TryEnter(gate));
        for (int i = 0; i < 100; i++)
        {
            Monitor.Exit(gate);
        }

        return $"{others} {Monitor.IsEntered(gate)}";
    }

    /// <summary>The word of a lock is in front of its object, and the collector moves both while it changes.</summary>
    private static string ObjectsThatMove()
    {
        int total = 0, wrong = 0;
        bool done = false;
        Thread collector = new(() =>
        {
            while (!Volatile.Read(ref done))
            {
                GC.Collect(1, GCCollectionMode.Forced, blocking: true, compacting: true);
                Thread.Yield();
            }
        });
        collector.Start();
        Together.Run(3, _ =>
        {
            for (int round = 0; round < 100; round++)
            {
                Box[] gates = new Box[40];
                for (int i = 0; i < gates.Length; i++)
                {
                    gates[i] = new Box();
                    GC.KeepAlive(new byte[i]); // a gap, into which the next one moves
                    lock (gates[i])
                    {
                        lock (gates[i / 2])
                        {
                            gates[i / 2].Value++;
                        }
                    }
                }

                foreach (Box gate in gates)
                {
                    Interlocked.Add(ref total, gate.Value);
                    if (Monitor.IsEntered(gate))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
        });
        Volatile.Write(ref done, true);
        collector.Join();
        return $"{total} {wrong}";
    }
}
