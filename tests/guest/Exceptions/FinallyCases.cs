namespace Unikernel.Guest;

/// <summary>Order and completeness of finally blocks, printed as a log of letters.</summary>
internal static class FinallyCases
{
    public static void Run()
    {
        Suite.Case("normal", () => Log(l => { try { l("t"); } finally { l("f"); } }));
        Suite.Case("return", () => Log(l => Return(l)));
        Suite.Case("break", () => Log(Break));
        Suite.Case("continue", () => Log(Continue));
        Suite.Case("goto", () => Log(Goto));
        Suite.Case("throw", () => Log(l => { try { throw new InvalidOperationException("x"); } finally { l("f"); } }));
        Suite.Case("throw replaces", () => Log(ThrowReplaces));
        Suite.Case("nested in finally", () => Log(NestedInFinally));
        Suite.Case("catch inside finally", () => Log(CatchInsideFinally));
        Suite.Case("return value kept", () => ReturnValueKept());
        Suite.Case("order over frames", () => Log(l => Frames(l, 4)));
        Suite.Case("loop in finally", () => Log(LoopInFinally));
        Suite.Case("value type in finally", () => ValueTypeState());
        Suite.Case("finally with gc", () => Log(FinallyWithGc));
        Suite.Case("nested catch finally", () => Log(NestedCatchFinally));
        Suite.Case("dispose order", () => Log(DisposeOrder));
        Suite.Case("foreach disposes", () => Log(ForeachDisposes));
        Suite.Case("iterator early dispose", () => Log(IteratorEarlyDispose));
    }

    private static string Log(Action<Action<string>> body)
    {
        string log = "";
        try
        {
            body(s => log += s);
        }
        catch (Exception e)
        {
            log += $"[{e.Message}]";
        }

        return log;
    }

    private static int Return(Action<string> l)
    {
        try
        {
            l("t");
            return 1;
        }
        finally
        {
            l("f");
        }
    }

    private static void Break(Action<string> l)
    {
        for (int i = 0; i < 3; i++)
        {
            try
            {
                l(i.ToString());
                if (i == 1)
                {
                    break;
                }
            }
            finally
            {
                l("f");
            }
        }
    }

    private static void Continue(Action<string> l)
    {
        for (int i = 0; i < 3; i++)
        {
            try
            {
                if (i == 1)
                {
                    continue;
                }

                l(i.ToString());
            }
            finally
            {
                l("f");
            }
        }
    }

    private static void Goto(Action<string> l)
    {
        try
        {
            try
            {
                goto Out;
            }
            finally
            {
                l("inner");
            }
        }
        finally
        {
            l("outer");
        }

    Out:
        l("out");
    }

    private static void ThrowReplaces(Action<string> l)
    {
        try
        {
            throw new InvalidOperationException("first");
        }
        finally
        {
            l("f");
            Throw("second");
        }
    }

    private static void NestedInFinally(Action<string> l)
    {
        try
        {
            throw new InvalidOperationException("outer");
        }
        finally
        {
            try
            {
                l("a");
            }
            finally
            {
                l("b");
            }
        }
    }

    private static void CatchInsideFinally(Action<string> l)
    {
        try
        {
            throw new InvalidOperationException("outer");
        }
        finally
        {
            try
            {
                Throw("inner");
            }
            catch (InvalidOperationException e)
            {
                l(e.Message);
            }
        }
    }

    private static int ReturnValueKept()
    {
        int x = 1;
        try
        {
            return x;
        }
        finally
        {
            x = 2;
        }
    }

    private static void Frames(Action<string> l, int depth)
    {
        try
        {
            if (depth == 0)
            {
                Throw("bottom");
            }

            Frames(l, depth - 1);
        }
        finally
        {
            l(depth.ToString());
        }
    }

    private static void LoopInFinally(Action<string> l)
    {
        try
        {
            Throw("x");
        }
        finally
        {
            for (int i = 0; i < 5; i++)
            {
                l(i.ToString());
            }
        }
    }

    private static string ValueTypeState()
    {
        (int A, long B, double C) state = (1, 2, 3);
        try
        {
            state.A = 10;
            Throw("x");
        }
        catch (InvalidOperationException)
        {
            state.B = 20;
        }
        finally
        {
            state.C = 30;
        }

        return state.ToString();
    }

    private static void FinallyWithGc(Action<string> l)
    {
        object kept = new List<int> { 1, 2, 3 };
        try
        {
            Throw("x");
        }
        finally
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            l(((List<int>)kept).Count.ToString());
        }
    }

    private static void NestedCatchFinally(Action<string> l)
    {
        try
        {
            try
            {
                try
                {
                    Throw("1");
                }
                catch (InvalidOperationException)
                {
                    l("c");
                    Throw("2");
                }
                finally
                {
                    l("f");
                }
            }
            catch (InvalidOperationException e)
            {
                l("c" + e.Message);
                throw;
            }
            finally
            {
                l("F");
            }
        }
        finally
        {
            l("last");
        }
    }

    private static void DisposeOrder(Action<string> l)
    {
        using Logged a = new(l, "a");
        using Logged b = new(l, "b");
        using (new Logged(l, "c"))
        {
            l("body ");
        }
    }

    private static void ForeachDisposes(Action<string> l)
    {
        foreach (int i in Sequence(l))
        {
            l(i.ToString());
            if (i == 2)
            {
                Throw("x");
            }
        }
    }

    private static void IteratorEarlyDispose(Action<string> l)
    {
        foreach (int i in Sequence(l).Take(1))
        {
            l(i.ToString());
        }
    }

    private static IEnumerable<int> Sequence(Action<string> l)
    {
        try
        {
            for (int i = 1; i < 5; i++)
            {
                yield return i;
            }
        }
        finally
        {
            l("disposed");
        }
    }

    private static void Throw(string message) => throw new InvalidOperationException(message);

    private sealed class Logged(Action<string> l, string name) : IDisposable
    {
        public void Dispose() => l(name);
    }
}
