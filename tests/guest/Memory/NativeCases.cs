using System.Runtime.InteropServices;

namespace Unikernel.Guest;

/// <summary>Memory outside the collector's heap, and text conversions through it.</summary>
internal static unsafe class NativeCases
{
    public static void Run()
    {
        Suite.Each("alloc and free", [(nuint)0, (nuint)1, (nuint)4095, (nuint)1_000_000], n =>
        {
            byte* p = (byte*)NativeMemory.Alloc(n);
            if (n > 0)
            {
                p[0] = 1;
                p[n - 1] = 2;
            }

            bool made = p != null;
            NativeMemory.Free(p);
            return made;
        });
        Suite.Case("zeroed", () =>
        {
            byte* p = (byte*)NativeMemory.AllocZeroed(50_000);
            bool zero = !new ReadOnlySpan<byte>(p, 50_000).ContainsAnyExcept((byte)0);
            NativeMemory.Free(p);
            return zero;
        });
        Suite.Each("aligned", [(nuint)16, (nuint)64, (nuint)4096, (nuint)65536], alignment =>
        {
            void* p = NativeMemory.AlignedAlloc(100, alignment);
            nuint rest = (nuint)p % alignment;
            NativeMemory.AlignedFree(p);
            return rest;
        });
        Suite.Case("realloc keeps", () =>
        {
            int* p = (int*)NativeMemory.Alloc(400);
            for (int i = 0; i < 100; i++)
            {
                p[i] = i;
            }

            p = (int*)NativeMemory.Realloc(p, 400_000);
            long sum = 0;
            for (int i = 0; i < 100; i++)
            {
                sum += p[i];
            }

            NativeMemory.Free(p);
            return sum;
        });
        Suite.Case("10,000 in random order", Churn);
        Suite.Case("in 4 threads", ChurnInThreads);
        Suite.Throws("too large", () => NativeMemory.Alloc(nuint.MaxValue / 4));
        Suite.Case("AllocHGlobal", () =>
        {
            nint p = Marshal.AllocHGlobal(16);
            Marshal.WriteInt64(p, 8, 0x1122334455667788);
            long value = Marshal.ReadInt64(p, 8);
            Marshal.FreeHGlobal(p);
            return value.ToString("x");
        });
        Suite.Case("CoTaskMem string", () =>
        {
            nint p = Marshal.StringToCoTaskMemUTF8("žluťoučký");
            string? back = Marshal.PtrToStringUTF8(p);
            Marshal.FreeCoTaskMem(p);
            return back;
        });
        Suite.Case("structure to pointer", () =>
        {
            nint p = Marshal.AllocHGlobal(sizeof(Pair));
            Marshal.StructureToPtr(new Pair { A = 3, B = 4.5 }, p, false);
            Pair back = Marshal.PtrToStructure<Pair>(p);
            Marshal.FreeHGlobal(p);
            return $"{back.A} {Suite.Format(back.B)}";
        });
        Suite.Case("copy between", () =>
        {
            byte* p = stackalloc byte[8];
            Marshal.Copy((byte[])[1, 2, 3, 4, 5, 6, 7, 8], 0, (nint)p, 8);
            byte[] back = new byte[8];
            Marshal.Copy((nint)p + 2, back, 1, 4);
            return back;
        });
        Suite.Case("unmanaged callers only", () =>
        {
            delegate* unmanaged<int, int> f = &Twice;
            return f(21);
        });
        Suite.Case("delegate to function pointer and back", () =>
        {
            Unary twice = x => x * 2;
            nint p = Marshal.GetFunctionPointerForDelegate(twice);
            int result = ((delegate* unmanaged[Cdecl]<int, int>)p)(50);
            GC.KeepAlive(twice);
            return result;
        });
        Suite.Case("try load a missing library", () => NativeLibrary.TryLoad("libdoes-not-exist-anywhere.so", out _));
        Suite.Case("last error is settable", () =>
        {
            Marshal.SetLastPInvokeError(42);
            return Marshal.GetLastPInvokeError();
        });
        Suite.Each("errno text", [2, 12, 13, 22, 110], Marshal.GetPInvokeErrorMessage);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Unary(int x);

    [UnmanagedCallersOnly]
    private static int Twice(int x) => x * 2;

    private static string Churn()
    {
        const int Slots = 200;
        byte*[] blocks = new byte*[Slots];
        int[] sizes = new int[Slots];
        uint state = 1;
        int damaged = 0;
        for (int i = 0; i < 10_000; i++)
        {
            state = state * 1664525 + 1013904223;
            int slot = (int)(state >> 8) % Slots;
            if (blocks[slot] != null)
            {
                damaged += blocks[slot][0] != (byte)slot || blocks[slot][sizes[slot] - 1] != (byte)slot ? 1 : 0;
                NativeMemory.Free(blocks[slot]);
            }

            sizes[slot] = (int)(state >> 16) % 5000 + 1;
            blocks[slot] = (byte*)NativeMemory.Alloc((nuint)sizes[slot]);
            blocks[slot][0] = blocks[slot][sizes[slot] - 1] = (byte)slot;
        }

        foreach (byte* block in blocks)
        {
            NativeMemory.Free(block);
        }

        return $"{damaged} damaged";
    }

    private static string ChurnInThreads()
    {
        string?[] results = new string?[4];
        Thread[] all = [.. Enumerable.Range(0, 4).Select(n => new Thread(() => results[n] = Churn()))];
        Array.ForEach(all, t => t.Start());
        Array.ForEach(all, t => t.Join());
        return string.Join(", ", results);
    }

    private struct Pair
    {
        public int A;
        public double B;
    }
}
