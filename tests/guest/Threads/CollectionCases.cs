using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Unikernel.Guest;

/// <summary>Concurrent collections under several threads; results that no order of execution changes.</summary>
internal static class CollectionCases
{
    public static void Run()
    {
        Suite.Case("concurrent dictionary adds", () =>
        {
            ConcurrentDictionary<int, int> map = new();
            Together.Run(4, n =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    map.TryAdd(n * 2000 + i, i);
                }
            });
            return $"{map.Count} {map.Values.Sum(v => (long)v)}";
        });
        Suite.Case("concurrent dictionary add or update", () =>
        {
            ConcurrentDictionary<string, int> map = new();
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    map.AddOrUpdate($"key {i % 10}", 1, (_, v) => v + 1);
                }
            });
            return string.Join(' ', map.OrderBy(p => p.Key).Select(p => p.Value));
        });
        Suite.Case("concurrent queue", () =>
        {
            ConcurrentQueue<int> queue = new();
            long sum = 0;
            int taken = 0;
            Together.Run(4, n =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    if (n < 2)
                    {
                        queue.Enqueue(i);
                    }
                    else
                    {
                        int item;
                        while (!queue.TryDequeue(out item))
                        {
                            Thread.Yield();
                        }

                        Interlocked.Add(ref sum, item);
                        Interlocked.Increment(ref taken);
                    }
                }
            });
            return $"{taken} {sum} {queue.Count}";
        });
        Suite.Case("concurrent stack", () =>
        {
            ConcurrentStack<int> stack = new();
            Together.Run(4, n => stack.PushRange([.. Enumerable.Range(n * 100, 100)]));
            int[] all = new int[500];
            int popped = stack.TryPopRange(all);
            return $"{popped} {all.Sum()}";
        });
        Suite.Case("concurrent bag", () =>
        {
            ConcurrentBag<int> bag = [];
            Together.Run(4, n =>
            {
                for (int i = 0; i < 500; i++)
                {
                    bag.Add(n);
                }
            });
            long sum = 0;
            while (bag.TryTake(out int item))
            {
                sum += item;
            }

            return sum;
        });
        Suite.Case("blocking collection bounded", () =>
        {
            using BlockingCollection<int> collection = new(5);
            long sum = 0;
            Together.Run(3, n =>
            {
                if (n == 0)
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        collection.Add(i);
                    }

                    collection.CompleteAdding();
                }
                else
                {
                    foreach (int i in collection.GetConsumingEnumerable())
                    {
                        Interlocked.Add(ref sum, i);
                    }
                }
            });
            return $"{sum} {collection.IsCompleted}";
        });
        Suite.Case("blocking collection times out", () => new BlockingCollection<int>().TryTake(out _, 10));
        Suite.Throws("blocking collection after completion", () =>
        {
            using BlockingCollection<int> collection = [];
            collection.CompleteAdding();
            collection.Take();
        });
        Suite.Case("immutable swap", () =>
        {
            ImmutableList<int> list = [];
            Together.Run(4, n =>
            {
                for (int i = 0; i < 100; i++)
                {
                    ImmutableInterlocked.Update(ref list, l => l.Add(n));
                }
            });
            return $"{list.Count} {list.Sum()}";
        });
        Suite.Case("partitioner", () =>
        {
            int count = 0;
            Parallel.ForEach(Partitioner.Create(0, 10_000, 1000), range => Interlocked.Add(ref count, range.Item2 - range.Item1));
            return count;
        });
        Suite.Case("observable by events", () =>
        {
            EventSource source = new();
            int seen = 0;
            Together.Run(4, _ =>
            {
                for (int i = 0; i < 200; i++)
                {
                    source.Happened += Handler;
                }
            });
            source.Raise();
            return seen;

            void Handler() => seen++;
        });
    }

    private sealed class EventSource
    {
        public event Action? Happened;

        public void Raise() => Happened?.Invoke();
    }
}
