namespace Unikernel.Guest;

/// <summary>Exceptions through async methods, tasks and async streams.</summary>
internal static class AsyncCases
{
    public static void Run()
    {
        Suite.Case("await rethrows", () => Awaited(Task.WhenAll(Fail("a", 1), Task.Delay(2))));
        Suite.Case("when all keeps all", () => WhenAll());
        Suite.Case("wait wraps", () => Wrapped());
        Suite.Case("finally around await", () => FinallyAroundAwait().Result);
        Suite.Case("await in catch and finally", () => AwaitInHandlers().Result);
        Suite.Case("value task", () => Awaited(FailValue().AsTask()));
        Suite.Case("from exception", () => Awaited(Task.FromException(new FormatException("made"))));
        Suite.Case("from canceled", () => Awaited(Task.FromCanceled(new CancellationToken(true))));
        Suite.Case("async stream", () => AsyncStream().Result);
        Suite.Case("async dispose", () => AsyncDispose().Result);
        Suite.Case("continuation on fault", () => Continuation());
        Suite.Case("completion source", () => CompletionSource());
        Suite.Case("synchronous throw before await", () => Awaited(Early(-1)));
        Suite.Case("timeout", () => Awaited(new TaskCompletionSource().Task.WaitAsync(TimeSpan.FromMilliseconds(10))));
        Suite.Case("cancel a delay", () => CancelDelay());
    }

    private static string Awaited(Task task)
    {
        try
        {
            task.GetAwaiter().GetResult();
            return "completed";
        }
        catch (Exception e)
        {
            return $"{Suite.Describe(e)}, {task.Status}";
        }
    }

    private static async Task Fail(string message, int delay)
    {
        await Task.Delay(delay);
        throw new InvalidOperationException(message);
    }

    private static async ValueTask<int> FailValue()
    {
        await Task.Yield();
        throw new InvalidOperationException("value task");
    }

    private static async Task Early(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        await Task.Yield();
    }

    private static string WhenAll()
    {
        Task all = Task.WhenAll(Fail("a", 1), Task.CompletedTask, Fail("b", 1));
        ((IAsyncResult)all).AsyncWaitHandle.WaitOne();
        return string.Join(' ', all.Exception!.InnerExceptions.Select(e => e.Message).Order());
    }

    private static string Wrapped()
    {
        try
        {
            Fail("inside", 1).Wait();
            return "none";
        }
        catch (AggregateException e)
        {
            return e.Message;
        }
    }

    private static async Task<string> FinallyAroundAwait()
    {
        string log = "";
        try
        {
            try
            {
                await Fail("x", 1);
            }
            finally
            {
                log += "f1 ";
                await Task.Yield();
                log += "f2 ";
            }
        }
        catch (InvalidOperationException e)
        {
            log += e.Message;
        }

        return log;
    }

    private static async Task<string> AwaitInHandlers()
    {
        string log = "";
        try
        {
            await Fail("x", 0);
        }
        catch (InvalidOperationException)
        {
            log += "c";
            await Task.Delay(1);
            log += "C";
        }
        finally
        {
            log += "f";
            await Task.Delay(1);
            log += "F";
        }

        return log;
    }

    private static async Task<string> AsyncStream()
    {
        string log = "";
        try
        {
            await foreach (int i in Stream())
            {
                log += i;
            }
        }
        catch (InvalidOperationException e)
        {
            log += e.Message;
        }

        return log;

        async IAsyncEnumerable<int> Stream()
        {
            try
            {
                yield return 1;
                await Task.Yield();
                yield return 2;
                throw new InvalidOperationException("!");
            }
            finally
            {
                log += "f";
            }
        }
    }

    private static async Task<string> AsyncDispose()
    {
        string log = "";
        try
        {
            await using Resource r = new(() => log += "disposed ");
            await Task.Yield();
            throw new InvalidOperationException("body");
        }
        catch (InvalidOperationException e)
        {
            return log + e.Message;
        }
    }

    private static string Continuation()
    {
        Task<string> next = Fail("c", 1).ContinueWith(t => t.Exception!.InnerException!.Message, TaskContinuationOptions.OnlyOnFaulted);
        Task skipped = Fail("d", 1).ContinueWith(_ => { }, TaskContinuationOptions.OnlyOnRanToCompletion);
        return next.Result + " " + Awaited(skipped);
    }

    private static string CompletionSource()
    {
        TaskCompletionSource<int> source = new();
        bool first = source.TrySetException(new FormatException("set"));
        bool second = source.TrySetResult(1);
        return $"{first} {second} {Awaited(source.Task)}";
    }

    private static string CancelDelay()
    {
        using CancellationTokenSource source = new(10);
        return Awaited(Task.Delay(Timeout.Infinite, source.Token));
    }

    private sealed class Resource(Action onDispose) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            onDispose();
        }
    }
}
