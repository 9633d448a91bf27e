using System.Runtime;
using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Generations, the large and the pinned heap, and every way to ask for a collection.</summary>
internal static class CollectCases
{
    public static void Run()
    {
        Suite.Case("max generation", () => GC.MaxGeneration);
        Suite.Case("new object is young", () => GC.GetGeneration(new object()));
        Suite.Case("survivor grows old", Promotion);
        Suite.Case("large object is old", () => GC.GetGeneration(new byte[100_000]));
        Suite.Case("below the large threshold", () => GC.GetGeneration(new byte[80_000]));
        Suite.Case("string is not collected while referenced", () => Survives("kept"));
        Suite.Each("collect generation", [0, 1, 2], g => Collected(() => GC.Collect(g), g));
        Suite.Case("collect all", () => Collected(GC.Collect, 2));
        Suite.Each("blocking mode", [GCCollectionMode.Default, GCCollectionMode.Forced, GCCollectionMode.Aggressive], mode =>
            Collected(() => GC.Collect(2, mode, blocking: true), 2));
        Suite.Case("optimized mode may decline", () =>
        {
            GC.Collect(2, GCCollectionMode.Optimized, blocking: true);
            return "returned";
        });

        Suite.Case("compacting", () => Collected(() => GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true), 2));
        Suite.Case("aggressive", () => Collected(() => GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true), 2));
        Suite.Case("background does no harm", Background);
        Suite.Throws("negative generation", () => GC.Collect(-1));
        Suite.Throws("bad mode", () => GC.Collect(0, (GCCollectionMode)77));
        Suite.Throws("aggressive needs generation 2", () => GC.Collect(0, GCCollectionMode.Aggressive));
        Suite.Case("large object heap compaction", LohCompaction);
        Suite.Case("pinned heap array", () => Suite.Format(GC.AllocateArray<byte>(8, pinned: true)));
        Suite.Case("pinned heap does not move", PinnedDoesNotMove);
        Suite.Case("uninitialized array has its length", () => GC.AllocateUninitializedArray<long>(5000).Length);
        Suite.Case("zeroed arrays are zero", ZeroedArrays);
        Suite.Case("100,000 small arrays keep contents", () => SmallArrays(100_000));
        Suite.Case("jagged arrays", () => Jagged(200));
        Suite.Case("linked list of 200,000", () => Linked(200_000));
        Suite.Case("fragmentation", Fragmentation);
        Suite.Case("large arrays in turn", LargeInTurn);
        Suite.Case("array of references over the threshold", () => ReferencesArray(50_000));
        Suite.Case("old to young references", OldToYoung);
        Suite.Case("interior pointers", InteriorPointers);
        Suite.Case("stack-allocated spans", StackSpans);
        Suite.Case("keep alive", KeptAlive);
        Suite.Case("no gc region", NoGcRegion);
        Suite.Case("latency modes", LatencyModes);
        Suite.Case("is server", () => GCSettings.IsServerGC);
        Suite.Case("frozen strings are equal objects", () => ReferenceEquals(FrozenA(), FrozenB()));
        Suite.Case("frozen string generation", () => GC.GetGeneration(FrozenA()) is 2 or int.MaxValue);
        Suite.Case("intern", () => ReferenceEquals(string.Intern("ab" + FrozenA().Length), string.Intern("ab6")));
        Suite.Case("is interned", () => string.IsInterned("never interned " + FrozenA().Length) is null);
        Suite.Case("collect in 4 threads", () => InThreads(4));
    }

    private static string Promotion()
    {
        object o = new();
        string generations = GC.GetGeneration(o).ToString();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            generations += GC.GetGeneration(o);
        }

        return generations;
    }

    private static string Survives(string text)
    {
        string made = new(text.AsSpan());
        GC.Collect();
        GC.Collect();
        return made;
    }

    private static bool Collected(Action collect, int generation)
    {
        int before = GC.CollectionCount(generation);
        collect();
        return GC.CollectionCount(generation) > before;
    }

    private static string Background()
    {
        List<byte[]> kept = [.. Enumerable.Range(0, 200).Select(i => new byte[10_000 + i])];
        GC.Collect(2, GCCollectionMode.Forced, blocking: false);
        long sum = 0;
        for (int i = 0; i < 50_000; i++)
        {
            sum += new byte[64].Length;
        }

        return $"{sum} {kept.Sum(k => k.Length)}";
    }

    private static string LohCompaction()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        string before = GCSettings.LargeObjectHeapCompactionMode.ToString();
        GC.Collect();
        return $"{before} {GCSettings.LargeObjectHeapCompactionMode}";
    }

    private static unsafe bool PinnedDoesNotMove()
    {
        byte[] pinned = GC.AllocateArray<byte>(100, pinned: true);
        nint before = (nint)Unsafe.AsPointer(ref pinned[0]);
        for (int i = 0; i < 5; i++)
        {
            _ = SmallArrays(1000);
            GC.Collect(2, GCCollectionMode.Forced, true, true);
        }

        return before == (nint)Unsafe.AsPointer(ref pinned[0]);
    }

    private static int ZeroedArrays()
    {
        int dirty = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] a = new byte[1000];
            if (a.AsSpan().ContainsAnyExcept((byte)0))
            {
                dirty++;
            }

            a.AsSpan().Fill(0xa5);
        }

        return dirty;
    }

    private static string SmallArrays(int count)
    {
        int[][] all = new int[count][];
        for (int i = 0; i < count; i++)
        {
            all[i] = [i, i + 1, i * 2];
        }

        GC.Collect();
        long sum = 0;
        foreach (int[] a in all)
        {
            sum += a[0] ^ a[1] ^ a[2];
        }

        return sum.ToString();
    }

    private static long Jagged(int n)
    {
        long[][,] all = new long[n][,];
        for (int i = 0; i < n; i++)
        {
            all[i] = new long[i % 7 + 1, 3];
            all[i][i % 7, 2] = i;
        }

        GC.Collect(1);
        return all.Select((a, i) => a[i % 7, 2] * a.Length).Sum();
    }

    private static string Linked(int n)
    {
        LinkedList<int> list = new();
        for (int i = 0; i < n; i++)
        {
            list.AddLast(i);
        }

        GC.Collect();
        long sum = list.Sum(i => (long)i);
        return $"{list.Count} {sum} {list.First!.Value} {list.Last!.Value}";
    }

    private static string Fragmentation()
    {
        byte[]?[] all = new byte[4000][];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = new byte[500];
            all[i]![0] = (byte)i;
        }

        for (int i = 0; i < all.Length; i += 2)
        {
            all[i] = null;
        }

        GC.Collect(2, GCCollectionMode.Forced, true, true);
        int good = 0;
        for (int i = 1; i < all.Length; i += 2)
        {
            good += all[i]![0] == (byte)i ? 1 : 0;
        }

        return good.ToString();
    }

    private static long LargeInTurn()
    {
        long sum = 0;
        for (int i = 1; i <= 60; i++)
        {
            byte[] large = new byte[200_000 + i * 1000];
            large[^1] = (byte)i;
            sum += large[^1] + large[0];
        }

        return sum;
    }

    private static long ReferencesArray(int n)
    {
        object[] all = new object[n];
        for (int i = 0; i < n; i++)
        {
            all[i] = i;
        }

        GC.Collect(0);
        GC.Collect(1);
        GC.Collect(2);
        return all.Sum(o => (long)(int)o);
    }

    private static string OldToYoung()
    {
        object[] old = new object[1000];
        GC.Collect();
        GC.Collect();
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < old.Length; i++)
            {
                old[i] = new string('x', i % 10 + round);
            }

            GC.Collect(0);
        }

        return $"generation {GC.GetGeneration(old)}, {old.Sum(o => ((string)o).Length)} chars";
    }

    private static int InteriorPointers()
    {
        Span<int> tail = Tail();
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        _ = SmallArrays(1000);
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        return tail[0] + tail[^1];

        [MethodImpl(MethodImplOptions.NoInlining)]
        static Span<int> Tail() => Enumerable.Range(0, 1000).ToArray().AsSpan(900);
    }

    private static int StackSpans()
    {
        Span<int> onStack = stackalloc int[256];
        for (int i = 0; i < onStack.Length; i++)
        {
            onStack[i] = i;
            if (i % 64 == 0)
            {
                GC.Collect(0);
            }
        }

        int sum = 0;
        foreach (int i in onStack)
        {
            sum += i;
        }

        return sum;
    }

    private static bool KeptAlive()
    {
        object o = new();
        WeakReference weak = new(o);
        GC.Collect();
        bool alive = weak.IsAlive;
        GC.KeepAlive(o);
        return alive;
    }

    private static string NoGcRegion()
    {
        bool started = GC.TryStartNoGCRegion(1_000_000);
        int before = GC.CollectionCount(0);
        for (int i = 0; i < 100; i++)
        {
            GC.KeepAlive(new byte[1000]);
        }

        int during = GC.CollectionCount(0) - before;
        string mode = GCSettings.LatencyMode.ToString();
        GC.EndNoGCRegion();
        return $"{started} {mode} {during} collections";
    }

    private static string LatencyModes()
    {
        GCLatencyMode original = GCSettings.LatencyMode;
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        string log = GCSettings.LatencyMode.ToString();
        GCSettings.LatencyMode = GCLatencyMode.LowLatency;
        log += " " + GCSettings.LatencyMode;
        GCSettings.LatencyMode = original;
        return $"{log} {GCSettings.LatencyMode}";
    }

    private static string InThreads(int threads)
    {
        long total = 0;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(n => new Thread(() =>
        {
            for (int i = 0; i < 25; i++)
            {
                object[] kept = [.. Enumerable.Range(0, 500).Select(x => (object)(x + n))];
                GC.Collect(i % 3);
                Interlocked.Add(ref total, kept.Sum(k => (int)k));
            }
        }))];
        Array.ForEach(all, t => t.Start());
        Array.ForEach(all, t => t.Join());
        return total.ToString();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string FrozenA() => "frozen";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string FrozenB() => "frozen";
}
