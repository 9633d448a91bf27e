namespace Unikernel.Guest;

/// <summary>Cancellation sources, tokens, registrations and what they interrupt.</summary>
internal static class CancelCases
{
    public static void Run()
    {
        Suite.Case("token states", () =>
        {
            using CancellationTokenSource source = new();
            string before = $"{source.Token.CanBeCanceled} {source.IsCancellationRequested}";
            source.Cancel();
            return $"{before} {source.Token.IsCancellationRequested} {CancellationToken.None.CanBeCanceled}";
        });
        Suite.Case("callbacks run in reverse", () =>
        {
            string log = "";
            using CancellationTokenSource source = new();
            source.Token.Register(() => log += "1");
            source.Token.Register(() => log += "2");
            source.Token.Register(() => log += "3").Dispose();
            source.Cancel();
            source.Token.Register(() => log += "late");
            return log;
        });
        Suite.Case("callback exceptions aggregate", () =>
        {
            using CancellationTokenSource source = new();
            source.Token.Register(() => throw new InvalidOperationException("a"));
            source.Token.Register(() => throw new FormatException("b"));
            try
            {
                source.Cancel();
                return "none";
            }
            catch (AggregateException e)
            {
                return e.InnerExceptions.Count.ToString();
            }
        });
        Suite.Case("linked", () =>
        {
            using CancellationTokenSource a = new(), b = new();
            using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(a.Token, b.Token);
            b.Cancel();
            return $"{linked.IsCancellationRequested} {a.IsCancellationRequested}";
        });
        Suite.Case("cancel after", () =>
        {
            using CancellationTokenSource source = new();
            source.CancelAfter(10);
            return source.Token.WaitHandle.WaitOne();
        });
        Suite.Case("constructor delay", () =>
        {
            using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(5));
            return source.Token.WaitHandle.WaitOne();
        });
        Suite.Case("try reset", () =>
        {
            using CancellationTokenSource source = new(100_000);
            bool first = source.TryReset();
            source.Cancel();
            return $"{first} {source.TryReset()}";
        });
        Suite.Case("cancel async", () =>
        {
            using CancellationTokenSource source = new();
            int called = 0;
            source.Token.Register(() => Interlocked.Increment(ref called));
            source.CancelAsync().Wait();
            return called;
        });
        Suite.Case("task not started", () => Outcome(token => Task.Run(() => 1, token), cancelFirst: true));
        Suite.Case("task observes", () => Outcome(token =>
        {
            // A task that has not begun when it is cancelled ends by another exception.
            using ManualResetEventSlim begun = new();
            Task task = Task.Run(() =>
            {
                begun.Set();
                while (true)
                {
                    token.ThrowIfCancellationRequested();
                    Thread.Sleep(1);
                }
            }, token);
            begun.Wait();
            return task;
        }, cancelFirst: false));
        Suite.Case("delay", () => Outcome(token => Task.Delay(Timeout.Infinite, token), cancelFirst: false));
        Suite.Case("semaphore", () => Outcome(token => new SemaphoreSlim(0).WaitAsync(token), cancelFirst: false));
        Suite.Case("wait async", () => Outcome(token => new TaskCompletionSource().Task.WaitAsync(token), cancelFirst: false));
        Suite.Case("channel read", () => Outcome(token => System.Threading.Channels.Channel.CreateUnbounded<int>().Reader.ReadAsync(token).AsTask(), false));
        Suite.Case("parallel for", () => Outcome(token => Task.Run(() =>
            Parallel.For(0, 1000, new ParallelOptions { CancellationToken = token }, _ => Thread.Sleep(1)), CancellationToken.None), false));
        Suite.Case("manual reset slim", () => Outcome(token => Task.Run(() => new ManualResetEventSlim().Wait(token), CancellationToken.None), false));
        Suite.Case("blocking collection", () => Outcome(token =>
            Task.Run(() => new System.Collections.Concurrent.BlockingCollection<int>().Take(token), CancellationToken.None), false));
        Suite.Case("barrier", () => Outcome(token => Task.Run(() => new Barrier(2).SignalAndWait(token), CancellationToken.None), false));
        Suite.Case("async enumerable token", () => WithCancellation().Result);
        Suite.Throws("disposed source", () =>
        {
            CancellationTokenSource source = new();
            source.Dispose();
            _ = source.Token;
        });
        Suite.Case("unregister inside", () =>
        {
            using CancellationTokenSource source = new();
            CancellationTokenRegistration registration = source.Token.Register(() => { });
            return $"{registration.Unregister()} {registration.Unregister()}";
        });
    }

    private static string Outcome(Func<CancellationToken, Task> start, bool cancelFirst)
    {
        using CancellationTokenSource source = new();
        if (cancelFirst)
        {
            source.Cancel();
        }

        Task task = start(source.Token);
        if (!cancelFirst)
        {
            Thread.Sleep(5);
            source.Cancel();
        }

        try
        {
            task.GetAwaiter().GetResult();
            return $"completed {task.Status}";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name} {task.Status}";
        }
    }

    private static async Task<string> WithCancellation()
    {
        using CancellationTokenSource source = new();
        int seen = 0;
        try
        {
            await foreach (int i in Endless().WithCancellation(source.Token))
            {
                seen = i;
                if (i == 5)
                {
                    source.Cancel();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return $"cancelled after {seen}";
        }

        return "ended";

        static async IAsyncEnumerable<int> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token = default)
        {
            for (int i = 0; ; i++)
            {
                token.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return i;
            }
        }
    }
}
