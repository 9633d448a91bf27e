using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Thread itself: start, join, names, states, thread-local data.</summary>
internal static class ThreadCases
{
    [ThreadStatic]
    private static int t_counter;
    [ThreadStatic]
    private static string? t_text;

    public static void Run()
    {
        Suite.Case("start and join", () => InThread(() => "ran"));
        Suite.Case("parameterized", () =>
        {
            string result = "";
            Thread thread = new(o => result = $"got {o}");
            thread.Start("parameter");
            thread.Join();
            return result;
        });
        Suite.Case("name", () => InThread(() => Thread.CurrentThread.Name, t => t.Name = "named thread"));
        Suite.Case("long name", () => InThread(() => Thread.CurrentThread.Name, t => t.Name = new string('n', 200)));
        Suite.Case("non-ASCII name", () => InThread(() => Thread.CurrentThread.Name, t => t.Name = "vlákno č. 1"));
        Suite.Case("states", States);
        Suite.Case("is alive", () =>
        {
            Thread thread = new(() => { });
            bool before = thread.IsAlive;
            thread.Start();
            thread.Join();
            return $"{before} {thread.IsAlive}";
        });
        Suite.Case("join with timeout of a running thread", () =>
        {
            using ManualResetEventSlim stop = new();
            Thread thread = new(stop.Wait);
            thread.Start();
            bool joined = thread.Join(20);
            stop.Set();
            thread.Join();
            return joined;
        });
        Suite.Throws("start twice", () =>
        {
            Thread thread = new(() => { });
            thread.Start();
            thread.Join();
            thread.Start();
        });
        Suite.Throws("join unstarted", () => new Thread(() => { }).Join());
        Suite.Throws("null start", () => _ = new Thread((ThreadStart)null!));
        Suite.Throws("negative stack", () => _ = new Thread(() => { }, -1));
        Suite.Each("stack size", [0, 16 * 1024, 128 * 1024, 1 << 20, 8 << 20], size =>
        {
            int depth = 0;
            Thread thread = new(() => depth = Descend(100), size);
            thread.Start();
            thread.Join();
            return depth;
        });
        Suite.Case("deep recursion in a big stack", () =>
        {
            int depth = 0;
            Thread thread = new(() => depth = Descend(50_000), 64 << 20);
            thread.Start();
            thread.Join();
            return depth;
        });
        Suite.Case("ensure sufficient execution stack", () =>
        {
            string result = "";
            Thread thread = new(() => result = EnsureStack(), 256 * 1024);
            thread.Start();
            thread.Join();
            return result;
        });
        Suite.Case("priority is settable", () => InThread(() => Thread.CurrentThread.Priority, t => t.Priority = ThreadPriority.Highest));
        Suite.Case("background flag", () => InThread(() => Thread.CurrentThread.IsBackground, t => t.IsBackground = true));
        Suite.Case("pool thread flag", () => $"{Thread.CurrentThread.IsThreadPoolThread} {Task.Run(() => Thread.CurrentThread.IsThreadPoolThread).Result}");
        Suite.Case("managed ids differ", () =>
        {
            HashSet<int> ids = [];
            Together.Run(8, _ =>
            {
                lock (ids)
                {
                    ids.Add(Environment.CurrentManagedThreadId);
                }
            });
            return ids.Count >= 1 && !ids.Contains(Environment.CurrentManagedThreadId);
        });
        Suite.Each("threads at once", [1, 4, 16, 64, 200], count =>
        {
            int sum = 0;
            using Barrier all = new(count);
            Together.Run(count, n =>
            {
                all.SignalAndWait();
                Interlocked.Add(ref sum, n);
            });
            return sum;
        });
        Suite.Case("2000 threads in turn", () =>
        {
            int count = 0;
            for (int i = 0; i < 2000; i++)
            {
                Thread thread = new(() => count++, 64 * 1024);
                thread.Start();
                thread.Join();
            }

            return count;
        });
        Suite.Case("threads that start threads", () =>
        {
            int count = 0;
            Spawn(5);
            return count;

            void Spawn(int depth)
            {
                Interlocked.Increment(ref count);
                if (depth > 0)
                {
                    Together.Run(2, _ => Spawn(depth - 1));
                }
            }
        });
        Suite.Case("thread static", () =>
        {
            t_counter = 5;
            int sum = 0;
            Together.Run(4, n =>
            {
                for (int i = 0; i <= n; i++)
                {
                    t_counter++;
                }

                t_text = $"thread {n}";
                GC.Collect(0);
                Interlocked.Add(ref sum, t_counter * 100 + t_text.Length);
            });
            return $"{t_counter} {sum} {t_text ?? "null"}";
        });
        Suite.Case("thread local", () =>
        {
            int made = 0;
            using ThreadLocal<int> local = new(() => Interlocked.Increment(ref made), trackAllValues: true);
            Together.Run(3, _ => local.Value += 10);
            return $"{made} {local.Values.Sum()} {local.IsValueCreated}";
        });
        Suite.Case("thread local of many", () =>
        {
            ThreadLocal<string>[] locals = [.. Enumerable.Range(0, 100).Select(i => new ThreadLocal<string>(() => $"v{i}"))];
            int length = 0;
            Together.Run(3, _ => Interlocked.Add(ref length, locals.Sum(l => l.Value!.Length)));
            Array.ForEach(locals, l => l.Dispose());
            return length;
        });
        Suite.Case("data slot", () =>
        {
            LocalDataStoreSlot slot = Thread.AllocateDataSlot();
            Thread.SetData(slot, "main");
            string other = InThread(() => Thread.GetData(slot) as string ?? "null");
            return $"{Thread.GetData(slot)} {other}";
        });
        Suite.Case("culture flows", () => InThread(() => Thread.CurrentThread.CurrentCulture.Name.Length));
        Suite.Case("yield and spin", () =>
        {
            Thread.SpinWait(1000);
            SpinWait spin = default;
            for (int i = 0; i < 50; i++)
            {
                spin.SpinOnce();
            }

            Thread.Yield();
            return spin.Count;
        });
        Suite.Case("spin until", () =>
        {
            bool set = false;
            Thread thread = new(() => Volatile.Write(ref set, true));
            thread.Start();
            SpinWait.SpinUntil(() => Volatile.Read(ref set));
            thread.Join();
            return set;
        });
        Suite.Case("interrupt a sleep", () => Interrupted(() => Thread.Sleep(Timeout.Infinite)));
        Suite.Case("interrupt a wait", () => Interrupted(() =>
        {
            object gate = new();
            lock (gate)
            {
                Monitor.Wait(gate);
            }
        }));
        Suite.Case("interrupt a join", () => Interrupted(() => Thread.CurrentThread.Join()));
        Suite.Throws("abort", () =>
        {
#pragma warning disable SYSLIB0006 // It is there to throw.
            Thread.CurrentThread.Abort();
#pragma warning restore SYSLIB0006
        });
        Suite.Case("apartment", () => Thread.CurrentThread.GetApartmentState());
        Suite.Case("memory barriers", () =>
        {
            Interlocked.MemoryBarrier();
            Interlocked.MemoryBarrierProcessWide();
            Thread.MemoryBarrier();
            return "passed";
        });
        Suite.Case("processor id is in range", () => Thread.GetCurrentProcessorId() is >= 0 and < 1024);
    }

    private static string InThread<T>(Func<T> body, Action<Thread>? prepare = null)
    {
        string result = "";
        Thread thread = new(() => result = Suite.Format(body()));
        prepare?.Invoke(thread);
        thread.Start();
        thread.Join();
        return result;
    }

    private static string States()
    {
        using ManualResetEvent gate = new(false);
        Thread thread = new(() => gate.WaitOne());
        string log = thread.ThreadState.ToString();
        thread.Start();
        while ((thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
        {
            Thread.Sleep(1);
        }

        log += " " + thread.ThreadState;
        gate.Set();
        thread.Join();
        return log + " " + thread.ThreadState;
    }

    private static string Interrupted(Action wait)
    {
        string result = "";
        Thread thread = new(() =>
        {
            try
            {
                wait();
                result = "not interrupted";
            }
            catch (ThreadInterruptedException e)
            {
                result = Suite.Describe(e);
            }
        });
        thread.Start();
        while ((thread.ThreadState & ThreadState.WaitSleepJoin) == 0)
        {
            Thread.Sleep(1);
        }

        thread.Interrupt();
        thread.Join();
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int depth) => depth == 0 ? 0 : Descend(depth - 1) + 1;

    private static string EnsureStack()
    {
        bool stopped = false;
        try
        {
            Down();
        }
        catch (InsufficientExecutionStackException)
        {
            stopped = true;
        }

        return $"{stopped}, room again {RuntimeHelpers.TryEnsureSufficientExecutionStack()}";

        static void Down()
        {
            Span<byte> frame = stackalloc byte[512];
            RuntimeHelpers.EnsureSufficientExecutionStack();
            Down();
            frame.Clear();
        }
    }
}
