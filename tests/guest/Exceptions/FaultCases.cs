using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>Exceptions that begin as a fault of the processor: page faults near zero, and divide errors.</summary>
internal static class FaultCases
{
    private static readonly Node? s_null = null;

    public static void Run()
    {
        Suite.Throws("null field read", () => _ = Null().Value);
        Suite.Throws("null field write", () => Null().Value = 1);
        Suite.Throws("null field far", () => _ = ((Big)(object)NullBig()!).Last);
        Suite.Throws("null virtual call", () => Null().Virtual());
        Suite.Throws("null interface call", () => ((INode)Null()).Interface());
        Suite.Throws("null delegate", () => Hide<Action>(null)());
        Suite.Throws("null array length", () => _ = Hide<int[]>(null).Length);
        Suite.Throws("null array element", () => _ = Hide<int[]>(null)[3]);
        Suite.Throws("null string length", () => _ = Hide<string>(null).Length);
        Suite.Throws("null unbox", () => _ = (int)Hide<object>(null));
        Suite.Throws("null lock", () =>
        {
            lock (Hide<object>(null))
            {
            }
        });
        Suite.Throws("null foreach", () =>
        {
            foreach (int i in Hide<List<int>>(null))
            {
                GC.KeepAlive(i);
            }
        });
        Suite.Throws("null ref struct copy", () => _ = Copy(Hide<Holder>(null)));
        Suite.Throws("null throw", () => throw Hide<Exception>(null));
        Suite.Throws("null getType", () => Hide<object>(null).GetType());
        Suite.Throws("null double field", () => _ = Hide<Holder>(null).Large.D);
        Suite.Throws("int divide", () => _ = Zero(1) / Zero(0));
        Suite.Throws("int remainder", () => _ = Zero(1) % Zero(0));
        Suite.Throws("uint divide", () => _ = (uint)Zero(1) / (uint)Zero(0));
        Suite.Throws("long divide", () => _ = Zero(1L) / Zero(0L));
        Suite.Throws("long remainder", () => _ = Zero(1L) % Zero(0L));
        Suite.Throws("ulong divide", () => _ = (ulong)Zero(1L) / (ulong)Zero(0L));
        Suite.Throws("short divide", () => _ = (short)Zero(1) / (short)Zero(0));
        Suite.Throws("byte remainder", () => _ = (byte)Zero(1) % (byte)Zero(0));
        Suite.Throws("int MinValue / -1", () => _ = Zero(int.MinValue) / Zero(-1));
        Suite.Throws("long MinValue / -1", () => _ = Zero(long.MinValue) / Zero(-1L));
        Suite.Throws("int MinValue % -1", () => _ = Zero(int.MinValue) % Zero(-1));
        Suite.Throws("long MinValue % -1", () => _ = Zero(long.MinValue) % Zero(-1L));
        Suite.Throws("decimal divide", () => _ = 1m / Zero(0));
        Suite.Throws("Int128 divide", () => _ = (Int128)Zero(1) / Zero(0));
        Suite.Throws("DivRem", () => _ = Math.DivRem(Zero(1), Zero(0)));
        Suite.Case("double divide", () => 1.0 / Zero(0));
        Suite.Case("double zero by zero", () => 0.0 / Zero(0));
        Suite.Case("double remainder", () => 5.0 % Zero(0));
        Suite.Case("registers survive a null fault", RegistersSurvive);
        Suite.Case("floating point survives a fault", FloatsSurvive);
        Suite.Case("fault in finally", FaultInFinally);
        Suite.Case("fault in a filter counts as false", FaultInFilter);
        Suite.Case("fault in a handler", FaultInHandler);
        Suite.Case("1000 null references", () => Count(1000, () => _ = Null().Value));
        Suite.Case("1000 divisions", () => Count(1000, () => _ = Zero(1) / Zero(0)));
        Suite.Case("alternating faults with gc", AlternatingWithGc);
        Suite.Case("fault under a lock", FaultUnderLock);
        Suite.Case("fault in a static constructor", () => FaultInStaticConstructor());
        Suite.Case("fault in a comparer", () => FaultInComparer());
        Suite.Case("fault in native-called code", () => FaultInSpanHelper());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Node Null() => s_null!;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Big? NullBig() => null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Hide<T>(T? value) where T : class => value!;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Zero(int n) => n;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Zero(long n) => n;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Copy(Holder h)
    {
        Large copy = h.Large;
        return copy.A + copy.B;
    }

    private static string RegistersSurvive()
    {
        long a = Zero(1L), b = Zero(2L), c = Zero(3L), d = Zero(4L), e = Zero(5L), f = Zero(6L), g = Zero(7L), h = Zero(8L);
        try
        {
            a += Null().Value;
        }
        catch (NullReferenceException)
        {
            b += 10;
        }

        return $"{a} {b} {c} {d} {e} {f} {g} {h}";
    }

    private static string FloatsSurvive()
    {
        double x = Zero(3), y = Zero(7);
        double z = x / y;
        try
        {
            z += Null().Value;
        }
        catch (NullReferenceException)
        {
            y += z;
        }

        return Suite.Format(x / y) + " " + Suite.Format(z);
    }

    private static string FaultInFinally()
    {
        try
        {
            try
            {
                throw new InvalidOperationException("first");
            }
            finally
            {
                Null().Value = 1;
            }
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    private static string FaultInFilter()
    {
        try
        {
            throw new InvalidOperationException("kept");
        }
        catch (Exception) when (Null().Value == 1)
        {
            return "filter";
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    private static string FaultInHandler()
    {
        try
        {
            try
            {
                _ = Zero(1) / Zero(0);
            }
            catch (DivideByZeroException)
            {
                Null().Value = 1;
            }
        }
        catch (NullReferenceException e)
        {
            return e.GetType().Name;
        }

        return "none";
    }

    private static int Count(int times, Action body)
    {
        int caught = 0;
        for (int i = 0; i < times; i++)
        {
            try
            {
                body();
            }
            catch (Exception e) when (e is NullReferenceException or DivideByZeroException)
            {
                caught++;
            }
        }

        return caught;
    }

    private static int AlternatingWithGc()
    {
        int caught = 0;
        for (int i = 0; i < 200; i++)
        {
            try
            {
                if (i % 2 == 0)
                {
                    Null().Value = i;
                }
                else
                {
                    _ = Zero(i) / Zero(0);
                }
            }
            catch (NullReferenceException)
            {
                caught++;
            }
            catch (DivideByZeroException)
            {
                caught += 1000;
            }

            if (i % 20 == 0)
            {
                GC.Collect();
            }
        }

        return caught;
    }

    private static bool FaultUnderLock()
    {
        object gate = new();
        try
        {
            lock (gate)
            {
                Null().Value = 1;
            }
        }
        catch (NullReferenceException)
        {
        }

        return Monitor.IsEntered(gate);
    }

    private static string FaultInStaticConstructor()
    {
        try
        {
            return BadInitializer.Value.ToString();
        }
        catch (TypeInitializationException e)
        {
            return e.InnerException!.GetType().Name;
        }
    }

    private static string FaultInComparer()
    {
        List<Node?> nodes = [new Node(), null, new Node(), null, new Node()];
        try
        {
            nodes.Sort((a, b) => a!.Value.CompareTo(b!.Value));
            return "sorted";
        }
        catch (InvalidOperationException e)
        {
            return $"{e.GetType().Name} with {e.InnerException?.GetType().Name}";
        }
    }

    private static string FaultInSpanHelper()
    {
        try
        {
            return string.Concat(Hide<string>(null).AsSpan(), "x") + string.Join(',', Hide<string[]>(null));
        }
        catch (Exception e)
        {
            return Suite.Describe(e);
        }
    }

    private interface INode
    {
        int Interface();
    }

    private class Node : INode
    {
        public int Value;

        public virtual int Virtual() => Value;

        public int Interface() => Value;
    }

    private struct Large
    {
        public long A, B, C;
        public double D;
    }

    private sealed class Holder
    {
        public Large Large;
    }

    /// <summary>Its last field lies 4,000 bytes in, so that the fault address is not the first one of the null page.</summary>
    private sealed class Big
    {
        public Filler Fill;
        public int Last;
    }

    [InlineArray(500)]
    private struct Filler
    {
        public long Element;
    }

    private static class BadInitializer
    {
        public static readonly int Value = 10 / Zero(0);
    }
}
