using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Unikernel.Guest;

/// <summary>Weak references, conditional weak tables, dependent handles and pinning.</summary>
internal static class HandleCases
{
    public static void Run()
    {
        Suite.Case("weak reference dies", () => Weak(keep: false));
        Suite.Case("weak reference lives", () => Weak(keep: true));
        Suite.Case("weak reference generic", WeakGeneric);
        Suite.Case("weak reference target can be set", WeakSet);
        Suite.Case("long weak reference sees the finalizer", LongWeak);
        Suite.Case("1000 weak references", ManyWeak);
        Suite.Case("weak reference in 4 threads", WeakInThreads);
        Suite.Case("conditional weak table keeps", TableKeeps);
        Suite.Case("conditional weak table drops", TableDrops);
        Suite.Case("conditional weak table value refers to key", TableCycle);
        Suite.Case("conditional weak table grows", TableGrows);
        Suite.Case("conditional weak table get or add", TableGetOrAdd);
        Suite.Throws("conditional weak table duplicate", () =>
        {
            ConditionalWeakTable<object, object> table = [];
            object key = new();
            table.Add(key, 1);
            table.Add(key, 2);
        });
        Suite.Case("dependent handle", Dependent);
        Suite.Case("pinned handle keeps the address", Pinned);
        Suite.Case("fixed keeps the address", Fixed);
        Suite.Case("many pins", ManyPins);
        Suite.Case("normal handle", Normal);
        Suite.Case("handle round trip", RoundTrip);
        Suite.Throws("freed handle", () =>
        {
            GCHandle h = GCHandle.Alloc(new object());
            h.Free();
            h.Free();
        });
        Suite.Throws("pin a reference type with references", () => GCHandle.Alloc(new object[1], GCHandleType.Pinned).Free());
        Suite.Case("memory pin", MemoryPin);
        Suite.Case("generic handles", GenericHandles);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static string Weak(bool keep)
    {
        object? strong = null;
        WeakReference weak = Make(keep, ref strong);
        Collect();
        string result = $"{weak.IsAlive} {weak.Target is not null}";
        GC.KeepAlive(strong);
        return result;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Make(bool keep, ref object? strong)
        {
            object o = new byte[100];
            strong = keep ? o : null;
            return new WeakReference(o);
        }
    }

    private static string WeakGeneric()
    {
        WeakReference<string> weak = Make();
        Collect();
        return $"{weak.TryGetTarget(out string? target)} {target ?? "null"}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference<string> Make() => new(new string('w', 20));
    }

    private static string WeakSet()
    {
        WeakReference<string> weak = new("first");
        weak.SetTarget(new string("second".AsSpan()));
        weak.TryGetTarget(out string? target);
        return target ?? "null";
    }

    private static string LongWeak()
    {
        (WeakReference shortWeak, WeakReference longWeak) = Make();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        string first = $"{shortWeak.IsAlive} {longWeak.TrackResurrection}";
        Collect();
        Collect();
        return $"{first} {longWeak.IsAlive}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference, WeakReference) Make()
        {
            Finalizable o = new();
            return (new WeakReference(o, false), new WeakReference(o, true));
        }
    }

    private static string ManyWeak()
    {
        List<object> kept = [];
        List<WeakReference> weak = Make(kept);
        Collect();
        return $"{weak.Count(w => w.IsAlive)} of {weak.Count}, kept {kept.Count}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static List<WeakReference> Make(List<object> kept)
        {
            List<WeakReference> weak = [];
            for (int i = 0; i < 1000; i++)
            {
                object o = new();
                weak.Add(new WeakReference(o));
                if (i % 4 == 0)
                {
                    kept.Add(o);
                }
            }

            return weak;
        }
    }

    private static string WeakInThreads()
    {
        int alive = 0;
        Thread[] all = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            List<object> kept = [];
            List<WeakReference> weak = [];
            for (int i = 0; i < 500; i++)
            {
                object o = new();
                kept.Add(o);
                weak.Add(new WeakReference(o));
                if (i % 100 == 0)
                {
                    GC.Collect(i % 3);
                }
            }

            Interlocked.Add(ref alive, weak.Count(w => w.IsAlive));
            GC.KeepAlive(kept);
        }))];
        Array.ForEach(all, t => t.Start());
        Array.ForEach(all, t => t.Join());
        return alive.ToString();
    }

    private static string TableKeeps()
    {
        ConditionalWeakTable<object, List<int>> table = [];
        object key = new();
        table.Add(key, [1, 2, 3]);
        Collect();
        bool found = table.TryGetValue(key, out List<int>? value);
        return $"{found} {value?.Count}";
    }

    private static string TableDrops()
    {
        ConditionalWeakTable<object, object> table = [];
        WeakReference value = Fill(table);
        Collect();
        Collect();
        return $"{value.IsAlive} {table.Count()}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Fill(ConditionalWeakTable<object, object> table)
        {
            object v = new byte[50];
            table.Add(new object(), v);
            return new WeakReference(v);
        }
    }

    private static bool TableCycle()
    {
        ConditionalWeakTable<object, object> table = [];
        WeakReference key = Fill(table);
        Collect();
        Collect();
        return key.IsAlive;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Fill(ConditionalWeakTable<object, object> table)
        {
            object k = new();
            table.Add(k, new object[] { k });
            return new WeakReference(k);
        }
    }

    private static string TableGrows()
    {
        ConditionalWeakTable<object, object> table = [];
        object[] keys = [.. Enumerable.Range(0, 2000).Select(_ => new object())];
        for (int i = 0; i < keys.Length; i++)
        {
            table.Add(keys[i], i);
        }

        Collect();
        int right = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            right += table.TryGetValue(keys[i], out object? v) && (int)v == i ? 1 : 0;
        }

        return $"{right} {table.Remove(keys[0])} {table.Remove(keys[0])}";
    }

    private static string TableGetOrAdd()
    {
        ConditionalWeakTable<object, string> table = [];
        object key = new();
        int made = 0;
        string a = table.GetValue(key, _ => $"made {++made}");
        string b = table.GetValue(key, _ => $"made {++made}");
        table.AddOrUpdate(key, "replaced");
        return $"{a} {b} {table.GetValue(key, _ => "no")}";
    }

    private static string Dependent()
    {
        object key = new();
        using DependentHandle handle = new(key, new string("dependent".AsSpan()));
        Collect();
        (object? target, object? dependent) = handle.TargetAndDependent;
        return $"{ReferenceEquals(target, key)} {dependent}";
    }

    private static bool Pinned()
    {
        byte[] a = new byte[64];
        GCHandle handle = GCHandle.Alloc(a, GCHandleType.Pinned);
        nint before = handle.AddrOfPinnedObject();
        _ = Enumerable.Range(0, 1000).Select(i => new byte[i]).ToArray();
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        bool same = before == handle.AddrOfPinnedObject() && before == Marshal.UnsafeAddrOfPinnedArrayElement(a, 0);
        handle.Free();
        return same;
    }

    private static unsafe bool Fixed()
    {
        int[] a = [1, 2, 3, 4];
        fixed (int* p = a)
        {
            nint before = (nint)p;
            GC.Collect(2, GCCollectionMode.Forced, true, true);
            return before == (nint)p && p[3] == 4;
        }
    }

    private static string ManyPins()
    {
        GCHandle[] handles = new GCHandle[300];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = GCHandle.Alloc(new[] { i }, GCHandleType.Pinned);
            _ = new byte[2000];
        }

        GC.Collect(2, GCCollectionMode.Forced, true, true);
        long sum = 0;
        for (int i = 0; i < handles.Length; i++)
        {
            sum += Marshal.ReadInt32(handles[i].AddrOfPinnedObject());
            handles[i].Free();
        }

        return sum.ToString();
    }

    private static string Normal()
    {
        GCHandle handle = Make();
        Collect();
        string text = (string)handle.Target!;
        handle.Free();
        return $"{text} {handle.IsAllocated}";

        [MethodImpl(MethodImplOptions.NoInlining)]
        static GCHandle Make() => GCHandle.Alloc(new string('h', 5));
    }

    private static string RoundTrip()
    {
        GCHandle handle = GCHandle.Alloc("through an integer");
        nint number = GCHandle.ToIntPtr(handle);
        string text = (string)GCHandle.FromIntPtr(number).Target!;
        handle.Free();
        return text;
    }

    private static unsafe string MemoryPin()
    {
        Memory<int> memory = new[] { 1, 2, 3, 4 }.AsMemory(1);
        using System.Buffers.MemoryHandle pin = memory.Pin();
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        return ((int*)pin.Pointer)[1].ToString();
    }

    private static string GenericHandles()
    {
        using GCHandle<string> strong = new(new string('g', 4));
        using WeakGCHandle<string> weak = new(strong.Target);
        Collect();
        return $"{strong.Target} {weak.TryGetTarget(out string? target)} {target}";
    }

    private sealed class Finalizable
    {
        ~Finalizable() => GC.KeepAlive(this);
    }
}
