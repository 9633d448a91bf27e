// What the habits cost that the rules UKN3001 to UKN3007 speak of, each beside what the rule advises. The pages of the rules quote these figures.
//
//   dotnet run -c Release -r unikernel-x64 --project tests/guest/Habits

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Caching.Memory;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
await Habits.Connections(200);
await Habits.Waits(16, TimeSpan.FromMilliseconds(100));
await Habits.Channels(100_000);
Habits.Caches(20_000);
await Habits.Tasks(50_000);
Habits.Collections(200);
Habits.Buffers(2_000);

internal static class Habits
{
    /// <summary>UKN3001: a thread for each connection that waits, and an async method for each.</summary>
    public static async Task Connections(int count)
    {
        using ManualResetEventSlim end = new();
        long before = Environment.WorkingSet;
        Thread[] threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            threads[i] = new Thread(end.Wait);
            threads[i].Start();
        }

        Thread.Sleep(50);
        long threadBytes = Environment.WorkingSet - before;
        end.Set();
        foreach (Thread thread in threads)
            thread.Join();

        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        before = Live();
        Task[] waiting = new Task[count];
        for (int i = 0; i < count; i++)
            waiting[i] = Wait(released.Task);
        long taskBytes = Live() - before;
        released.SetResult();
        await Task.WhenAll(waiting);
        Say("UKN3001", $"{count} connections that wait: {threadBytes / count:N0} bytes of memory each with a thread, {taskBytes / count:N0} with an async method");

        static async Task Wait(Task task) => await task;
    }

    /// <summary>UKN3002: requests that wait for something slow, blocking and awaiting.</summary>
    public static async Task Waits(int requests, TimeSpan delay)
    {
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => Task.Run(() => Task.Delay(delay).Wait())));
        TimeSpan blocking = clock.Elapsed;
        clock.Restart();
        await Task.WhenAll(Enumerable.Range(0, requests).Select(_ => Task.Run(async () => await Task.Delay(delay))));
        Say("UKN3002", $"{requests} requests that wait {delay.TotalMilliseconds:0} ms each on {Environment.ProcessorCount} processor: {blocking.TotalMilliseconds:N0} ms when they block, {clock.Elapsed.TotalMilliseconds:N0} ms when they await");
    }

    /// <summary>UKN3003: a writer that does not wait for its reader.</summary>
    public static async Task Channels(int items)
    {
        long bounded = await Peak(Channel.CreateBounded<byte[]>(1024), items);
        long unbounded = await Peak(Channel.CreateUnbounded<byte[]>(), items);
        Say("UKN3003", $"{items:N0} items of 64 bytes and a reader that starts late: {unbounded:N0} bytes held by an unbounded channel, {bounded:N0} by one of 1,024");

        static async Task<long> Peak(Channel<byte[]> channel, int items)
        {
            long before = Live();
            Task writer = Task.Run(async () =>
            {
                for (int i = 0; i < items; i++)
                    await channel.Writer.WriteAsync(new byte[64]);
                channel.Writer.Complete();
            });
            await Task.WhenAny(writer, Task.Delay(2000));
            long held = Live() - before;
            await foreach (byte[] item in channel.Reader.ReadAllAsync())
                _ = item;
            return held;
        }
    }

    /// <summary>UKN3004: a cache under keys that never come again.</summary>
    public static void Caches(int keys)
    {
        long limited = Held(new MemoryCacheOptions { SizeLimit = 1024 }, keys);
        long without = Held(new MemoryCacheOptions(), keys);
        Say("UKN3004", $"{keys:N0} keys with values of 100 bytes: {without:N0} bytes held without a limit ({without / keys} a key), {limited:N0} with SizeLimit = 1024");

        static long Held(MemoryCacheOptions options, int keys)
        {
            long before = Live();
            using MemoryCache cache = new(options);
            for (int i = 0; i < keys; i++)
                cache.Set(i, new byte[100], new MemoryCacheEntryOptions { Size = 1 });
            return Live() - before;
        }
    }

    /// <summary>UKN3005: a task for each item, and a bounded number of them.</summary>
    public static async Task Tasks(int items)
    {
        long before = Live();
        TaskCompletionSource gate = new();
        List<Task> tasks = [];
        foreach (int item in Enumerable.Range(0, items).ToArray())
            tasks.Add(Task.Run(() => gate.Task.IsCompleted ? item : -item));
        long held = Live() - before;
        gate.SetResult();
        await Task.WhenAll(tasks);
        tasks = [];

        before = Live();
        long peak = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, items).ToArray(), new ParallelOptions { MaxDegreeOfParallelism = 4 }, (item, _) =>
        {
            if (item == items / 2)
                peak = Live() - before;
            return ValueTask.CompletedTask;
        });
        Say("UKN3005", $"{items:N0} items: {held:N0} bytes held by a task for each ({held / items} an item, closure included), {Math.Max(peak, 0):N0} in the middle of Parallel.ForEachAsync with four");
    }

    /// <summary>UKN3006: batches with a forced collection after each, over a heap with something in it.</summary>
    public static void Collections(int batches)
    {
        List<byte[]> live = [.. Enumerable.Range(0, 40_000).Select(_ => new byte[100])];
        double with = Run(batches, collect: true), without = Run(batches, collect: false);
        GC.KeepAlive(live);
        Say("UKN3006", $"{batches} batches beside 5 MB of live objects: {with:N0} ms with GC.Collect in the loop, {without:N0} ms without");

        static double Run(int batches, bool collect)
        {
            Stopwatch clock = Stopwatch.StartNew();
            for (int i = 0; i < batches; i++)
            {
                for (int j = 0; j < 100; j++)
                    _ = new byte[200];
                if (collect)
                    GC.Collect();
            }

            return clock.Elapsed.TotalMilliseconds;
        }
    }

    /// <summary>UKN3007: a large buffer for each request, new and rented.</summary>
    public static void Buffers(int requests)
    {
        (int collections, long bytes, double time) fresh = Run(requests, () => Touch(new byte[128 * 1024]));
        (int collections, long bytes, double time) rented = Run(requests, () =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
            Touch(buffer);
            ArrayPool<byte>.Shared.Return(buffer);
        });
        Say("UKN3007", $"{requests:N0} requests with a buffer of 128 KB: new {fresh.bytes:N0} bytes, {fresh.collections} full collections, {fresh.time:N0} ms; rented {rented.bytes:N0} bytes, {rented.collections} full collections, {rented.time:N0} ms");

        static void Touch(byte[] buffer) => buffer[^1] = 1;

        static (int, long, double) Run(int requests, Action request)
        {
            int collections = GC.CollectionCount(2);
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            Stopwatch clock = Stopwatch.StartNew();
            for (int i = 0; i < requests; i++)
                request();
            return (GC.CollectionCount(2) - collections, GC.GetAllocatedBytesForCurrentThread() - bytes, clock.Elapsed.TotalMilliseconds);
        }
    }

    private static long Live() => GC.GetTotalMemory(forceFullCollection: true);

    private static void Say(string rule, FormattableString text) => Console.WriteLine($"{rule}  {text.ToString(CultureInfo.InvariantCulture)}");
}
