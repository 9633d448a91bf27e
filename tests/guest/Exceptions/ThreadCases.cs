using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Throwing and faulting in several threads at once, with collections in between.</summary>
internal static class ThreadCases
{
    public static void Run()
    {
        Suite.Case("throws in 4 threads", () => InThreads(4, 500, _ => throw new InvalidOperationException()));
        Suite.Case("null references in 4 threads", () => InThreads(4, 500, _ => Deref(null)));
        Suite.Case("divisions in 4 threads", () => InThreads(4, 500, n => Divide(n, 0)));
        Suite.Case("overflow divisions in 4 threads", () => InThreads(4, 500, _ => Divide(int.MinValue, -1)));
        Suite.Case("mixed faults with gc", MixedWithGc);
        Suite.Case("throws in the pool", () => InPool(64));
        Suite.Case("parallel aggregate", ParallelAggregate);
        Suite.Case("deep unwinds in 3 threads", () => InThreads(3, 10, _ => Down(300)));
        Suite.Case("allocation in filters in 4 threads", () => FiltersInThreads());
        Suite.Case("unobserved task exception", Unobserved);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Deref(string? s) => s!.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int a, int b) => a / b;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Down(int depth)
    {
        try
        {
            return depth == 0 ? Deref(null) : Down(depth - 1) + 1;
        }
        finally
        {
            GC.KeepAlive(depth);
        }
    }

    private static string InThreads(int threads, int times, Func<int, int> body)
    {
        int caught = 0;
        string? kind = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < times; i++)
            {
                try
                {
                    body(i);
                }
                catch (Exception e)
                {
                    Interlocked.Increment(ref caught);
                    kind = e.GetType().Name;
                }
            }
        }))];
        foreach (Thread thread in all)
        {
            thread.Start();
        }

        foreach (Thread thread in all)
        {
            thread.Join();
        }

        return $"{caught} {kind}";
    }

    private static string MixedWithGc()
    {
        bool stop = false;
        int nulls = 0, divisions = 0, throws = 0, collections = 0;
        Thread[] all =
        [
            new(() => nulls = Loop(() => Deref(null))),
            new(() => divisions = Loop(() => Divide(1, 0))),
            new(() => throws = Loop(() => throw new FormatException(new string('x', 100)))),
        ];
        Thread collector = new(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
                collections++;
                Thread.Yield();
            }
        });
        collector.Start();
        foreach (Thread thread in all)
        {
            thread.Start();
        }

        foreach (Thread thread in all)
        {
            thread.Join();
        }

        Volatile.Write(ref stop, true);
        collector.Join();
        return $"{nulls} {divisions} {throws} collected {collections > 0}";

        static int Loop(Func<int> body)
        {
            int caught = 0;
            for (int i = 0; i < 400; i++)
            {
                try
                {
                    body();
                }
                catch (Exception)
                {
                    caught++;
                }
            }

            return caught;
        }
    }

    private static string InPool(int count)
    {
        Task[] tasks = [.. Enumerable.Range(0, count).Select(i => Task.Run(() => Deref(i % 2 == 0 ? null : "text")))];
        try
        {
            Task.WaitAll(tasks);
            return "none";
        }
        catch (AggregateException e)
        {
            return $"{e.InnerExceptions.Count} {e.InnerExceptions[0].GetType().Name}, {tasks.Count(t => t.IsFaulted)} faulted";
        }
    }

    private static string ParallelAggregate()
    {
        try
        {
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 1 }, i =>
            {
                if (i == 3)
                {
                    throw new InvalidOperationException("at 3");
                }
            });
            return "none";
        }
        catch (AggregateException e)
        {
            return e.InnerExceptions[0].Message;
        }
    }

    private static string FiltersInThreads()
    {
        int taken = 0;
        string counted = InThreads(4, 100, i =>
        {
            try
            {
                throw new InvalidOperationException();
            }
            catch (InvalidOperationException) when (new byte[5000].Length == 5000 && i % 2 == 0)
            {
                Interlocked.Increment(ref taken);
                return 0;
            }
        });
        return $"{taken} taken, {counted} not";
    }

    private static string Unobserved()
    {
        string seen = "";
        EventHandler<UnobservedTaskExceptionEventArgs> handler = (_, e) =>
        {
            seen = e.Exception.InnerException!.Message;
            e.SetObserved();
        };
        TaskScheduler.UnobservedTaskException += handler;
        Abandon();
        for (int i = 0; i < 20 && seen.Length == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(5);
        }

        TaskScheduler.UnobservedTaskException -= handler;
        return seen;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Abandon()
        {
            Task task = Task.Run(() => throw new InvalidOperationException("nobody looks"));
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }
    }
}
