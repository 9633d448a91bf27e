using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unikernel.Guest;

/// <summary>Pools, copies, comparisons and layouts: code of the runtime that touches memory in bulk.</summary>
internal static class ObjectCases
{
    public static void Run()
    {
        Suite.Case("array pool rents at least", () => Rent(ArrayPool<byte>.Shared, 1000));
        Suite.Case("array pool reuses", PoolReuses);
        Suite.Case("own array pool", () => Rent(ArrayPool<int>.Create(4096, 2), 3000));
        Suite.Case("memory pool", () =>
        {
            using IMemoryOwner<char> owner = MemoryPool<char>.Shared.Rent(100);
            return owner.Memory.Length >= 100;
        });
        Suite.Each("copy overlapping by", [1, 7, 64, 4096], Overlap);
        Suite.Each("clear length", [0, 1, 15, 16, 17, 255, 4096, 100_001], Clear);
        Suite.Each("fill length", [0, 1, 31, 32, 33, 5000], Fill);
        Suite.Case("clone", () => Suite.Format(((int[])new[] { 1, 2, 3 }.Clone()).Reverse()));
        Suite.Case("array copy with boxing", () =>
        {
            object[] boxed = new object[3];
            Array.Copy(new[] { 1, 2, 3 }, boxed, 3);
            return Suite.Format(boxed);
        });
        Suite.Throws("array copy too long", () => Array.Copy(new int[2], new int[3], 3));
        Suite.Case("block copy", () =>
        {
            byte[] target = new byte[8];
            Buffer.BlockCopy(new[] { 0x01020304, 0x05060708 }, 1, target, 0, 7);
            return target;
        });
        Suite.Case("resize", () =>
        {
            int[] a = [1, 2, 3];
            Array.Resize(ref a, 5);
            return Suite.Format(a);
        });
        Suite.Case("memory marshal cast", () => Suite.Format(MemoryMarshal.Cast<int, byte>([1, 256]).ToArray()));
        Suite.Case("struct sizes", () => $"{Unsafe.SizeOf<Packed>()} {Unsafe.SizeOf<Aligned>()} {Unsafe.SizeOf<Explicit>()} {Unsafe.SizeOf<(byte, long)>()}");
        Suite.Case("explicit layout", () => new Explicit { Whole = 0x0102030405060708 }.Low.ToString("x"));
        Suite.Case("object equality", () => new Record(1, "a") == new Record(1, "a"));
        Suite.Case("value equality", () => new Aligned { A = 1, B = 2 }.Equals(new Aligned { A = 1, B = 2 }));
        Suite.Case("default hash code is stable", () =>
        {
            object o = new();
            int hash = RuntimeHelpers.GetHashCode(o);
            GC.Collect();
            GC.Collect();
            return hash == RuntimeHelpers.GetHashCode(o);
        });
        Suite.Case("many hash codes survive collections", HashCodes);
        Suite.Case("locks and hash codes together", LockAndHash);
        Suite.Case("multidimensional", () =>
        {
            int[,,] cube = new int[3, 4, 5];
            cube[2, 3, 4] = 9;
            return $"{cube.Length} {cube.Rank} {cube.GetLength(1)} {cube[2, 3, 4]}";
        });
        Suite.Throws("multidimensional index", () => _ = (new int[2, 2])[1, RuntimeHelpers.GetHashCode(null) + 2]);
        Suite.Case("array of maximum rank bounds", () => Array.CreateInstanceFromArrayType(typeof(int[,]), [2, 2], [5, -3]).GetLowerBound(1));
        Suite.Case("sort 100,000", () => SortDigest(100_000));
        Suite.Case("sort stable by linq", () => Suite.Digest(string.Join(',', Enumerable.Range(0, 500).OrderBy(i => i % 7))));
        Suite.Case("binary search", () => Array.BinarySearch(Enumerable.Range(0, 1000).Select(i => i * 2).ToArray(), 501));
        Suite.Case("dictionary of 100,000", () => DictionaryOf(100_000));
        Suite.Case("hash set operations", HashSets);
        Suite.Case("sorted dictionary", () => string.Join(' ', new SortedDictionary<int, string> { [3] = "c", [1] = "a", [2] = "b" }));
        Suite.Case("priority queue", Priorities);
        Suite.Case("string builder chunks", Builder);
        Suite.Case("string create", () => string.Create(5, 'a', (span, c) => span.Fill(c)));
        Suite.Case("inline array", Inline);
        Suite.Case("boxed enum", () => ((object)DayOfWeek.Friday).ToString());
        Suite.Case("generic virtual methods", () => new Shape().Describe(5) + new Shape().Describe("five"));
        Suite.Case("static generic fields", () => $"{PerType<int>.Next()} {PerType<int>.Next()} {PerType<string>.Next()}");
        Suite.Case("type names", () => $"{typeof(Dictionary<string, List<int>>).Name} {typeof(int[,]).Name} {typeof(Record).FullName}");
        Suite.Case("default interface method", () => ((IDefault)new Shape()).Twice(4));
        Suite.Case("static abstract", () => Sum<int>([1, 2, 3]) + Sum<double>([0.5]).ToString("R"));
        Suite.Case("covariant return", () => ((Base)new Derived()).Make().GetType().Name);
        Suite.Case("variance", () => string.Concat(((IEnumerable<object>)new List<string> { "a", "b" }).ToArray()));
        Suite.Case("delegate equality", () => (Action)Run == Run);
        Suite.Case("function pointer", FunctionPointer);
    }

    private static bool Rent<T>(ArrayPool<T> pool, int length)
    {
        T[] rented = pool.Rent(length);
        bool enough = rented.Length >= length;
        pool.Return(rented);
        return enough;
    }

    private static bool PoolReuses()
    {
        byte[] first = ArrayPool<byte>.Shared.Rent(5000);
        ArrayPool<byte>.Shared.Return(first);
        byte[] second = ArrayPool<byte>.Shared.Rent(5000);
        ArrayPool<byte>.Shared.Return(second);
        return ReferenceEquals(first, second);
    }

    private static object Overlap(int by)
    {
        byte[] a = new byte[10_000];
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = (byte)(i * 31);
        }

        a.AsSpan(0, a.Length - by).CopyTo(a.AsSpan(by));
        ulong forward = Suite.Fnv(a);
        a.AsSpan(by).CopyTo(a);
        return $"{forward:x16} {Suite.Fnv(a):x16}";
    }

    private static object Clear(int length)
    {
        byte[] a = new byte[length + 2];
        a.AsSpan().Fill(0xff);
        a.AsSpan(1, length).Clear();
        return $"{a[0]} {a.AsSpan(1, length).ContainsAnyExcept((byte)0)} {a[^1]}";
    }

    private static object Fill(int length)
    {
        int[] a = new int[length + 2];
        a.AsSpan(1, length).Fill(-7);
        return $"{a[0]} {a.AsSpan(1, length).Count(-7)} {a[^1]}";
    }

    private static string HashCodes()
    {
        object[] all = [.. Enumerable.Range(0, 5000).Select(_ => new object())];
        int[] hashes = [.. all.Select(RuntimeHelpers.GetHashCode)];
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        int same = 0;
        for (int i = 0; i < all.Length; i++)
        {
            same += hashes[i] == RuntimeHelpers.GetHashCode(all[i]) ? 1 : 0;
        }

        return $"{same} same, spread {hashes.Distinct().Count() > 4900}";
    }

    private static string LockAndHash()
    {
        object[] all = [.. Enumerable.Range(0, 300).Select(_ => new object())];
        int entered = 0;
        foreach (object o in all)
        {
            int before = o.GetHashCode();
            lock (o)
            {
                lock (o)
                {
                    entered += Monitor.IsEntered(o) && o.GetHashCode() == before ? 1 : 0;
                }
            }
        }

        GC.Collect();
        return $"{entered} {all.Count(Monitor.IsEntered)}";
    }

    private static string SortDigest(int n)
    {
        uint state = 12345;
        int[] a = new int[n];
        for (int i = 0; i < n; i++)
        {
            state = state * 1664525 + 1013904223;
            a[i] = (int)state;
        }

        Array.Sort(a);
        bool ordered = true;
        for (int i = 1; i < n; i++)
        {
            ordered &= a[i - 1] <= a[i];
        }

        return $"{ordered} {Suite.Fnv(MemoryMarshal.AsBytes(a.AsSpan())):x16}";
    }

    private static string DictionaryOf(int n)
    {
        Dictionary<string, int> map = [];
        for (int i = 0; i < n; i++)
        {
            map[$"key {i}"] = i;
        }

        for (int i = 0; i < n; i += 3)
        {
            map.Remove($"key {i}");
        }

        return $"{map.Count} {map["key 50000"]} {map.ContainsKey("key 3")} {map.Values.Sum(v => (long)v)}";
    }

    private static string HashSets()
    {
        HashSet<int> a = [.. Enumerable.Range(0, 20)], b = [.. Enumerable.Range(10, 20)];
        HashSet<int> union = [.. a], both = [.. a], either = [.. a];
        union.UnionWith(b);
        both.IntersectWith(b);
        either.SymmetricExceptWith(b);
        return $"{union.Count} {both.Count} {either.Count} {both.IsSubsetOf(a)} {a.Overlaps(b)}";
    }

    private static string Priorities()
    {
        PriorityQueue<string, int> queue = new([("c", 3), ("a", 1), ("d", 4), ("b", 2)]);
        string order = "";
        while (queue.TryDequeue(out string? item, out int priority))
        {
            order += item + priority;
        }

        return order;
    }

    private static string Builder()
    {
        System.Text.StringBuilder text = new(4);
        for (int i = 0; i < 5000; i++)
        {
            text.Append(i).Append(',');
        }

        text.Replace(",1", ";").Remove(0, 10).Insert(0, "<").Append('>');
        return Suite.Digest(text.ToString());
    }

    private static string Inline()
    {
        Eight eight = default;
        for (int i = 0; i < 8; i++)
        {
            eight[i] = i * i;
        }

        Span<int> view = eight;
        return string.Join(' ', view.ToArray());
    }

    private static unsafe int FunctionPointer()
    {
        delegate*<int, int, int> add = &Add;
        return add(40, 2);

        static int Add(int a, int b) => a + b;
    }

    private static T Sum<T>(T[] items) where T : System.Numerics.INumber<T> => items.Aggregate(T.Zero, (a, b) => a + b);

    [InlineArray(8)]
    private struct Eight
    {
        private int _element;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Packed
    {
        public byte A;
        public long B;
        public short C;
    }

    private struct Aligned
    {
        public byte A;
        public long B;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Explicit
    {
        [FieldOffset(0)]
        public long Whole;
        [FieldOffset(0)]
        public int Low;
    }

    private sealed record Record(int Number, string Text);

    private interface IDefault
    {
        int Twice(int n) => n * 2;
    }

    private sealed class Shape : IDefault
    {
        public string Describe<T>(T value) => $"{typeof(T).Name}={value} ";
    }

    private class Base
    {
        public virtual Base Make() => new();
    }

    private sealed class Derived : Base
    {
        public override Derived Make() => new();
    }

    private static class PerType<T>
    {
        private static int s_next = typeof(T).Name.Length;

        public static int Next() => s_next++;
    }
}
