namespace Unikernel.Guest;

/// <summary>Atomic operations: single results, and sums that several threads make.</summary>
internal static class InterlockedCases
{
    public static void Run()
    {
        int i = 5;
        long l = 5;
        double d = 1.5;
        string s = "a";
        Suite.Case("increment", () => Interlocked.Increment(ref i));
        Suite.Case("decrement", () => Interlocked.Decrement(ref i));
        Suite.Case("add", () => Interlocked.Add(ref l, long.MaxValue));
        Suite.Case("exchange", () => $"{Interlocked.Exchange(ref i, 9)} {i}");
        Suite.Case("exchange double", () => Suite.Format(Interlocked.Exchange(ref d, 2.5)));
        Suite.Case("compare exchange hit", () => $"{Interlocked.CompareExchange(ref i, 10, 9)} {i}");
        Suite.Case("compare exchange miss", () => $"{Interlocked.CompareExchange(ref i, 11, 9)} {i}");
        Suite.Case("exchange reference", () => $"{Interlocked.Exchange(ref s, "b")} {s}");
        Suite.Case("and or", () => $"{Interlocked.And(ref i, 0b1000)} {Interlocked.Or(ref i, 0b0011)} {i}");
        byte small = 250;
        Suite.Case("byte exchange", () => $"{Interlocked.Exchange(ref small, 3)} {small}");
        Suite.Case("byte compare exchange", () => $"{Interlocked.CompareExchange(ref small, 4, 3)} {small}");
        Suite.Case("read", () => Interlocked.Read(ref l));
        Suite.Case("volatile", () =>
        {
            Volatile.Write(ref i, 77);
            return Volatile.Read(ref i);
        });
        Suite.Case("increments by 6 threads", () =>
        {
            int n = 0;
            Together.Run(6, _ =>
            {
                for (int k = 0; k < 20_000; k++)
                {
                    Interlocked.Increment(ref n);
                }
            });
            return n;
        });
        Suite.Case("compare exchange loop by 4 threads", () =>
        {
            long n = 1;
            Together.Run(4, t =>
            {
                for (int k = 0; k < 2000; k++)
                {
                    long seen;
                    do
                    {
                        seen = Volatile.Read(ref n);
                    }
                    while (Interlocked.CompareExchange(ref n, seen + t + 1, seen) != seen);
                }
            });
            return n;
        });
        Suite.Case("lock-free stack by 4 threads", () =>
        {
            Node? head = null;
            Together.Run(4, t =>
            {
                for (int k = 0; k < 1000; k++)
                {
                    Node node = new(t * 1000 + k);
                    do
                    {
                        node.Next = Volatile.Read(ref head);
                    }
                    while (Interlocked.CompareExchange(ref head, node, node.Next) != node.Next);
                }
            });
            long sum = 0;
            int count = 0;
            for (Node? n = head; n is not null; n = n.Next)
            {
                sum += n.Value;
                count++;
            }

            return $"{count} {sum}";
        });
        Suite.Case("publication through volatile", () =>
        {
            int data = 0, wrong = 0;
            bool ready = false;
            for (int round = 0; round < 50; round++)
            {
                data = 0;
                Volatile.Write(ref ready, false);
                Together.Run(2, n =>
                {
                    if (n == 0)
                    {
                        data = 42;
                        Volatile.Write(ref ready, true);
                    }
                    else
                    {
                        SpinWait spin = default;
                        while (!Volatile.Read(ref ready))
                        {
                            spin.SpinOnce();
                        }

                        if (data != 42)
                        {
                            Interlocked.Increment(ref wrong);
                        }
                    }
                });
            }

            return $"{wrong} wrong";
        });
        Suite.Case("lazy is made once", () =>
        {
            int made = 0;
            Lazy<object> lazy = new(() =>
            {
                Interlocked.Increment(ref made);
                Thread.Sleep(5);
                return new object();
            });
            HashSet<object> seen = [];
            Together.Run(5, _ =>
            {
                object o = lazy.Value;
                lock (seen)
                {
                    seen.Add(o);
                }
            });
            return $"{made} {seen.Count}";
        });
        Suite.Case("lazy initializer", () =>
        {
            object? target = null;
            object first = LazyInitializer.EnsureInitialized(ref target, () => new object());
            return ReferenceEquals(first, LazyInitializer.EnsureInitialized(ref target, () => new object()));
        });
        Suite.Case("static constructor runs once for all threads", () =>
        {
            int sum = 0;
            Together.Run(5, _ => Interlocked.Add(ref sum, SlowStatic.Value));
            return $"{sum} {SlowStaticCount.Count}";
        });
    }

    private sealed class Node(int value)
    {
        public readonly int Value = value;
        public Node? Next;
    }

    private static class SlowStaticCount
    {
        public static int Count;
    }

    private static class SlowStatic
    {
        public static readonly int Value;

        static SlowStatic()
        {
            Interlocked.Increment(ref SlowStaticCount.Count);
            Thread.Sleep(20);
            Value = 3;
        }
    }
}
