using System.Threading.Channels;

namespace Unikernel.Guest;

/// <summary>Tasks, the thread pool, Parallel, async streams, channels, and the execution context.</summary>
internal static class TaskCases
{
    private static readonly AsyncLocal<string?> s_local = new();

    public static void Run()
    {
        Suite.Case("run", () => Task.Run(() => 6 * 7).Result);
        Suite.Case("await 20 levels", () => Nested(20).Result);
        Suite.Case("await 2000 yields", () => Yields(2000).Result);
        Suite.Case("when all keeps order", () => Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            await Task.Delay((20 - i) % 5);
            return i;
        })).Result);
        Suite.Case("when any", () => Task.WhenAny(new TaskCompletionSource<int>().Task, Task.FromResult(5)).Result.Result);
        Suite.Case("when each", () => WhenEach().Result);
        Suite.Case("continuations", () => Task.Run(() => 1).ContinueWith(t => t.Result + 1).ContinueWith(t => t.Result * 10).Result);
        Suite.Case("long running", () => Task.Factory.StartNew(() => Thread.CurrentThread.IsThreadPoolThread, TaskCreationOptions.LongRunning).Result);
        Suite.Case("attached children", () =>
        {
            int done = 0;
            Task.Factory.StartNew(() =>
            {
                for (int i = 0; i < 5; i++)
                {
                    Task.Factory.StartNew(() =>
                    {
                        Thread.Sleep(2);
                        Interlocked.Increment(ref done);
                    }, TaskCreationOptions.AttachedToParent);
                }
            }).Wait();
            return done;
        });
        Suite.Case("wait all and any", () =>
        {
            Task[] tasks = [.. Enumerable.Range(0, 5).Select(_ => Task.Delay(3))];
            int any = Task.WaitAny(tasks);
            Task.WaitAll(tasks);
            return $"{any is >= 0 and < 5} {tasks.All(t => t.IsCompletedSuccessfully)}";
        });
        Suite.Case("wait times out", () => new TaskCompletionSource().Task.Wait(15));
        Suite.Case("completion source asynchronous", () =>
        {
            TaskCompletionSource<int> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<int> next = source.Task.ContinueWith(t => t.Result + 1);
            source.SetResult(41);
            return next.Result;
        });
        Suite.Case("value task source", () => ValueTasks().Result);
        Suite.Case("task scheduler", () => OwnScheduler());
        Suite.Case("pool grows for blocked workers", PoolGrows);
        Suite.Case("pool runs 10,000 items", PoolItems);
        Suite.Case("pool local queues", () =>
        {
            using CountdownEvent done = new(500);
            for (int i = 0; i < 500; i++)
            {
                ThreadPool.QueueUserWorkItem(_ => done.Signal(), 0, preferLocal: true);
            }

            done.Wait();
            return done.CurrentCount;
        });
        Suite.Case("pool limits can be read and set", () =>
        {
            ThreadPool.GetMinThreads(out int workers, out int io);
            bool set = ThreadPool.SetMinThreads(workers + 2, io);
            ThreadPool.GetMinThreads(out int now, out _);
            ThreadPool.SetMinThreads(workers, io);
            return $"{set} {now - workers}";
        });
        Suite.Case("parallel for", () =>
        {
            long sum = 0;
            Parallel.For(0, 1000, i => Interlocked.Add(ref sum, i));
            return sum;
        });
        Suite.Case("parallel for with local state", () =>
        {
            long sum = 0;
            Parallel.For(0, 1000, () => 0L, (i, _, local) => local + i, local => Interlocked.Add(ref sum, local));
            return sum;
        });
        Suite.Case("parallel for break", () => Parallel.For(0, 1000, (i, state) =>
        {
            if (i == 10)
            {
                state.Break();
            }
        }).LowestBreakIteration);
        Suite.Case("parallel for each", () =>
        {
            int length = 0;
            Parallel.ForEach(["a", "bb", "ccc"], s => Interlocked.Add(ref length, s.Length));
            return length;
        });
        Suite.Case("parallel for each async", () =>
        {
            int sum = 0;
            Parallel.ForEachAsync(Enumerable.Range(0, 50), async (i, _) =>
            {
                await Task.Yield();
                Interlocked.Add(ref sum, i);
            }).Wait();
            return sum;
        });
        Suite.Case("parallel invoke", () =>
        {
            int n = 0;
            Parallel.Invoke(() => Interlocked.Add(ref n, 1), () => Interlocked.Add(ref n, 10), () => Interlocked.Add(ref n, 100));
            return n;
        });
        Suite.Case("parallel linq", () => Enumerable.Range(0, 10_000).AsParallel().Where(i => i % 3 == 0).Select(i => (long)i * i).Sum());
        Suite.Case("parallel linq ordered", () => Suite.Digest(string.Join(',', Enumerable.Range(0, 1000).AsParallel().AsOrdered().Select(i => i * 7 % 1000))));
        Suite.Case("async local flows down", () => AsyncLocals().Result);
        Suite.Case("async local in threads", () =>
        {
            s_local.Value = "main";
            string? seen = null;
            Together.Run(1, _ =>
            {
                seen = s_local.Value;
                s_local.Value = "changed in the thread";
            });
            return $"{seen} {s_local.Value}";
        });
        Suite.Case("async local suppressed flow", () =>
        {
            s_local.Value = "kept";
            using AsyncFlowControl control = ExecutionContext.SuppressFlow();
            return Task.Run(() => s_local.Value ?? "null").Result;
        });
        Suite.Case("execution context run", () =>
        {
            s_local.Value = "captured";
            ExecutionContext context = ExecutionContext.Capture()!;
            s_local.Value = "later";
            string? seen = null;
            ExecutionContext.Run(context, _ => seen = s_local.Value, null);
            return $"{seen} {s_local.Value}";
        });
        Suite.Case("synchronization context posts", SynchronizationContexts);
        Suite.Case("async stream", () => Sum(Numbers(100)).Result);
        Suite.Case("async stream with linq", () => Numbers(20).Where(i => i % 2 == 1).Select(i => i * i).ToListAsync().AsTask().Result);
        Suite.Case("channel unbounded", () => Channels(Channel.CreateUnbounded<int>()).Result);
        Suite.Case("channel bounded", () => Channels(Channel.CreateBounded<int>(3)).Result);
        Suite.Case("channel drops oldest", DropOldest);
        Suite.Case("channel prioritized", () =>
        {
            Channel<int> channel = Channel.CreateUnboundedPrioritized<int>();
            foreach (int i in (int[])[5, 1, 4, 2, 3])
            {
                channel.Writer.TryWrite(i);
            }

            string order = "";
            while (channel.Reader.TryRead(out int i))
            {
                order += i;
            }

            return order;
        });
        Suite.Throws("channel closed", () =>
        {
            Channel<int> channel = Channel.CreateUnbounded<int>();
            channel.Writer.Complete();
            channel.Writer.WriteAsync(1).AsTask().GetAwaiter().GetResult();
        });
        Suite.Case("pipelines of 4 channels", () => Chain(4, 300).Result);
        Suite.Case("10,000 tasks", () => Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => Task.Run(() => i & 1))).Result.Sum());
        Suite.Case("deep synchronous completion", () => Deep(3000).Result);
    }

    private static async Task<int> Nested(int depth)
    {
        await Task.Yield();
        return depth == 0 ? 0 : await Nested(depth - 1) + 1;
    }

    private static async Task<int> Yields(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
        }

        return count;
    }

    private static async Task<int> Deep(int depth) => depth == 0 ? 0 : await Deep(depth - 1) + 1;

    private static async Task<string> WhenEach()
    {
        int sum = 0;
        await foreach (Task<int> task in Task.WhenEach(Enumerable.Range(0, 10).Select(i => Task.Run(() => i))))
        {
            sum += await task;
        }

        return sum.ToString();
    }

    private static async Task<string> ValueTasks()
    {
        int sum = await new ValueTask<int>(5) + await Async();
        await default(ValueTask);
        return sum.ToString();

        static async ValueTask<int> Async()
        {
            await Task.Delay(1);
            return 6;
        }
    }

    private static string OwnScheduler()
    {
        ConcurrentExclusiveSchedulerPair pair = new();
        int value = 0;
        Task[] tasks = [.. Enumerable.Range(0, 200).Select(_ => Task.Factory.StartNew(
            () =>
            {
                int seen = value;
                Thread.Yield();
                value = seen + 1;
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            pair.ExclusiveScheduler))];
        Task.WaitAll(tasks);
        return value.ToString();
    }

    private static string PoolGrows()
    {
        int processors = Environment.ProcessorCount;
        int items = processors + 6;
        using CountdownEvent started = new(items);
        using ManualResetEventSlim release = new();
        for (int i = 0; i < items; i++)
        {
            ThreadPool.QueueUserWorkItem(_ =>
            {
                started.Signal();
                release.Wait();
            });
        }

        started.Wait();
        bool grown = ThreadPool.ThreadCount >= items;
        release.Set();
        return $"all started, grown {grown}";
    }

    private static string PoolItems()
    {
        long completed = ThreadPool.CompletedWorkItemCount;
        int sum = 0;
        using CountdownEvent done = new(10_000);
        for (int i = 0; i < 10_000; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(n =>
            {
                Interlocked.Add(ref sum, n);
                done.Signal();
            }, i, preferLocal: i % 2 == 0);
        }

        done.Wait();
        return $"{sum} {ThreadPool.CompletedWorkItemCount > completed}";
    }

    private static async Task<string> AsyncLocals()
    {
        s_local.Value = "outer";
        string? inside = null, after = null;
        await Inner();
        return $"{inside} {after} {s_local.Value}";

        async Task Inner()
        {
            inside = s_local.Value;
            s_local.Value = "inner";
            await Task.Yield();
            after = s_local.Value;
        }
    }

    private static string SynchronizationContexts()
    {
        Recording context = new();
        SynchronizationContext? original = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        Task task;
        try
        {
            task = Body();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(original);
        }

        task.Wait();
        return $"{context.Posts}";

        static async Task Body()
        {
            await Task.Delay(1);
            await Task.Delay(1);
            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    private static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 7 == 0)
            {
                await Task.Yield();
            }

            yield return i;
        }
    }

    private static async Task<int> Sum(IAsyncEnumerable<int> items)
    {
        int sum = 0;
        await foreach (int i in items)
        {
            sum += i;
        }

        return sum;
    }

    private static async Task<string> Channels(Channel<int> channel)
    {
        Task[] producers = [.. Enumerable.Range(0, 3).Select(n => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                await channel.Writer.WriteAsync(n * 1000 + i);
            }
        }))];
        Task<(int Count, long Sum)>[] consumers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            int count = 0;
            long sum = 0;
            await foreach (int i in channel.Reader.ReadAllAsync())
            {
                count++;
                sum += i;
            }

            return (count, sum);
        }))];
        await Task.WhenAll(producers);
        channel.Writer.Complete();
        (int Count, long Sum)[] results = await Task.WhenAll(consumers);
        return $"{results.Sum(r => r.Count)} {results.Sum(r => r.Sum)} {channel.Reader.Completion.IsCompletedSuccessfully}";
    }

    private static string DropOldest()
    {
        Channel<int> channel = Channel.CreateBounded<int>(new BoundedChannelOptions(3) { FullMode = BoundedChannelFullMode.DropOldest });
        for (int i = 0; i < 10; i++)
        {
            channel.Writer.TryWrite(i);
        }

        string left = "";
        while (channel.Reader.TryRead(out int i))
        {
            left += i;
        }

        return left;
    }

    private static async Task<long> Chain(int stages, int items)
    {
        Channel<int> first = Channel.CreateBounded<int>(4), input = first;
        List<Task> tasks = [];
        for (int s = 0; s < stages; s++)
        {
            Channel<int> from = input, to = Channel.CreateBounded<int>(4);
            tasks.Add(Task.Run(async () =>
            {
                await foreach (int i in from.Reader.ReadAllAsync())
                {
                    await to.Writer.WriteAsync(i + 1);
                }

                to.Writer.Complete();
            }));
            input = to;
        }

        tasks.Add(Task.Run(async () =>
        {
            for (int i = 0; i < items; i++)
            {
                await first.Writer.WriteAsync(i);
            }

            first.Writer.Complete();
        }));
        long sum = 0;
        await foreach (int i in input.Reader.ReadAllAsync())
        {
            sum += i;
        }

        await Task.WhenAll(tasks);
        return sum;
    }

    private sealed class Recording : SynchronizationContext
    {
        public int Posts;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref Posts);
            ThreadPool.QueueUserWorkItem(_ =>
            {
                SetSynchronizationContext(this);
                d(state);
            });
        }
    }
}
