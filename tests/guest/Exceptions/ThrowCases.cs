namespace Unikernel.Guest;

/// <summary>Throwing and catching: which handler runs, what survives a rethrow, what the library throws.</summary>
internal static class ThrowCases
{
    public static void Run()
    {
        Suite.Throws("plain", () => throw new InvalidOperationException("plain"));
        Suite.Throws("null throw", () => throw null!);
        Suite.Throws("default message", () => throw new OverflowException());
        Suite.Case("first matching handler", FirstMatch);
        Suite.Case("base class handler", () => Catch<Exception>(() => throw new ArgumentNullException("p")));
        Suite.Case("unrelated handler is skipped", SkipUnrelated);
        Suite.Case("interface-typed filter", () => CatchWhen(e => e is IDisposable));
        Suite.Case("nested handlers", Nested);
        Suite.Case("throw in a handler", ThrowInHandler);
        Suite.Case("rethrow keeps the object", RethrowSame);
        Suite.Case("inner exception chain", InnerChain);
        Suite.Case("aggregate flatten", Aggregate);
        Suite.Case("data dictionary", DataDictionary);
        Suite.Case("hresult", () => new ArgumentException().HResult.ToString("x8"));
        Suite.Case("thousand throws", () => Repeat(1000));
        Suite.Case("deep unwind", () => DeepUnwind(2000));
        Suite.Case("exception in static constructor", StaticConstructor);
        Suite.Case("exception in static constructor again", StaticConstructor);
        Suite.Case("exception in constructor", () => Catch<FormatException>(() => _ = new Fails("bad")));
        Suite.Case("exception in property", () => Catch<NotSupportedException>(() => _ = new Fails("good").Value));
        Suite.Case("exception in iterator", IteratorThrows);
        Suite.Case("exception in delegate chain", DelegateChain);
        Suite.Case("exception through generic virtual", () => Catch<KeyNotFoundException>(() => new Impl().Get<int>("k")));
        Suite.Case("exception through interface dispatch", () => Catch<KeyNotFoundException>(() => ((IGet)new Impl()).Get<long>("k")));
        Suite.Case("exception through reflection-free Lazy", LazyThrows);
        Suite.Case("exception in lock releases it", LockReleased);
        Suite.Case("exception in using disposes", UsingDisposes);
        Suite.Case("exception in LINQ", () => Catch<DivideByZeroException>(() => _ = new[] { 1, 0 }.Select(x => 1 / x).ToList()));
        Suite.Throws("array index", () => _ = (new int[3])[GetNumber(3)]);
        Suite.Throws("negative array size", () => _ = new int[GetNumber(-1)]);
        Suite.Throws("span slice", () => _ = new byte[4].AsSpan().Slice(GetNumber(5)).Length);
        Suite.Throws("invalid cast", () => _ = (string)GetObject(1));
        Suite.Throws("unbox to the wrong type", () => _ = (long)GetObject(1));
        Suite.Throws("array covariance", () => ((object[])new string[1])[0] = GetObject(1));
        Suite.Throws("checked add", () => _ = checked(GetNumber(int.MaxValue) + 1));
        Suite.Throws("checked multiply long", () => _ = checked(GetNumber(int.MaxValue) * (long)int.MaxValue * 4L));
        Suite.Throws("checked narrowing", () => _ = checked((byte)GetNumber(300)));
        Suite.Throws("checked negative to unsigned", () => _ = checked((uint)GetNumber(-1)));
        Suite.Throws("checked double to int", () => _ = checked((int)double.Parse("1e10")));
        Suite.Throws("int parse", () => int.Parse("12x"));
        Suite.Throws("int parse overflow", () => int.Parse("99999999999"));
        Suite.Throws("enum parse", () => Enum.Parse<DayOfWeek>("Noday"));
        Suite.Throws("dictionary key", () => _ = new Dictionary<string, int>()["absent"]);
        Suite.Throws("dictionary null key", () => _ = new Dictionary<string, int>()[null!]);
        Suite.Throws("dictionary duplicate", () => new Dictionary<int, int> { { 1, 1 } }.Add(1, 2));
        Suite.Throws("list index", () => _ = new List<int>()[0]);
        Suite.Throws("stack empty", () => new Stack<int>().Pop());
        Suite.Throws("queue empty", () => new Queue<int>().Dequeue());
        Suite.Throws("sequence empty", () => Array.Empty<int>().First());
        Suite.Throws("sequence more than one", () => new[] { 1, 2 }.Single());
        Suite.Throws("modified during enumeration", ModifyWhileEnumerating);
        Suite.Throws("nullable without value", () => _ = GetNullable()!.Value);
        Suite.Throws("argument null", () => ArgumentNullException.ThrowIfNull((object?)null, "parameter"));
        Suite.Throws("argument range", () => ArgumentOutOfRangeException.ThrowIfGreaterThan(GetNumber(7), 5, "parameter"));
        Suite.Throws("disposed", () => ObjectDisposedException.ThrowIf(true, typeof(ThrowCases)));
        Suite.Throws("string format", () => _ = string.Format("{0} {1}", "only one"));
        Suite.Throws("substring", () => _ = "abc"[GetNumber(2)..GetNumber(1)]);
        Suite.Throws("not implemented", () => throw new NotImplementedException());
        Suite.Throws("switch expression", () => _ = GetNumber(9) switch { 1 => 1, 2 => 2, _ => throw new System.Runtime.CompilerServices.SwitchExpressionException(9) });
        Suite.Throws("canceled", () => new CancellationToken(true).ThrowIfCancellationRequested());
        Suite.Throws("timeout", () => throw new TimeoutException());
    }

    private static int GetNumber(int n) => Volatile.Read(ref n);

    private static int? GetNullable() => null;

    private static object GetObject(object o) => Volatile.Read(ref o);

    private static string Catch<T>(Action body) where T : Exception
    {
        try
        {
            body();
            return "not thrown";
        }
        catch (T e)
        {
            return Suite.Describe(e);
        }
    }

    private static string CatchWhen(Func<Exception, bool> predicate)
    {
        try
        {
            throw new InvalidOperationException("not disposable");
        }
        catch (Exception e) when (predicate(e))
        {
            return "taken by the filter";
        }
        catch (Exception e)
        {
            return Suite.Describe(e);
        }
    }

    private static string FirstMatch()
    {
        try
        {
            throw new ArgumentOutOfRangeException("p", "range");
        }
        catch (ArgumentNullException)
        {
            return "null";
        }
        catch (ArgumentException e)
        {
            return e.GetType().Name;
        }
        catch (Exception)
        {
            return "any";
        }
    }

    private static string SkipUnrelated()
    {
        try
        {
            try
            {
                throw new InvalidCastException("through");
            }
            catch (IOException)
            {
                return "wrong handler";
            }
        }
        catch (InvalidCastException e)
        {
            return e.Message;
        }
    }

    private static string Nested()
    {
        string log = "";
        try
        {
            try
            {
                try
                {
                    throw new FormatException("1");
                }
                catch (FormatException e)
                {
                    log += e.Message;
                    throw new OverflowException("2");
                }
            }
            catch (OverflowException e)
            {
                log += e.Message;
                try
                {
                    throw new FormatException("3");
                }
                catch (FormatException inner)
                {
                    log += inner.Message + e.Message;
                }

                throw;
            }
        }
        catch (Exception e)
        {
            log += e.Message;
        }

        return log;
    }

    private static string ThrowInHandler()
    {
        try
        {
            try
            {
                throw new FormatException("original");
            }
            catch (FormatException)
            {
                throw new OverflowException("from the handler");
            }
        }
        catch (OverflowException e)
        {
            return $"{e.Message}, inner {e.InnerException?.Message ?? "none"}";
        }
    }

    private static string RethrowSame()
    {
        Exception original = new InvalidOperationException("same");
        try
        {
            try
            {
                throw original;
            }
            catch (Exception)
            {
                throw;
            }
        }
        catch (Exception e)
        {
            return ReferenceEquals(e, original) ? "the same object" : "another object";
        }
    }

    private static string InnerChain()
    {
        Exception e = new("0");
        for (int i = 1; i < 5; i++)
        {
            e = new InvalidOperationException(i.ToString(), e);
        }

        string chain = "";
        for (Exception? x = e; x is not null; x = x.InnerException)
        {
            chain += x.Message + "<";
        }

        return chain + " base " + e.GetBaseException().Message;
    }

    private static string Aggregate()
    {
        AggregateException nested = new(new FormatException("a"), new AggregateException(new OverflowException("b"), new Exception("c")));
        string handled = "";
        try
        {
            nested.Flatten().Handle(e =>
            {
                handled += e.Message;
                return e is not OverflowException;
            });
        }
        catch (AggregateException e)
        {
            return $"{nested.InnerExceptions.Count} {nested.Flatten().InnerExceptions.Count} {handled} left {e.InnerExceptions.Count}";
        }

        return "handled all";
    }

    private static string DataDictionary()
    {
        Exception e = new() { Source = "here", HelpLink = "https://example.org/" };
        e.Data["key"] = 5;
        return $"{e.Data["key"]} {e.Source} {e.HelpLink} {e.Data.Count}";
    }

    private static int Repeat(int count)
    {
        int caught = 0;
        for (int i = 0; i < count; i++)
        {
            try
            {
                throw new InvalidOperationException();
            }
            catch (InvalidOperationException)
            {
                caught++;
            }
        }

        return caught;
    }

    private static int DeepUnwind(int depth)
    {
        int finallies = 0;
        try
        {
            Down(depth);
        }
        catch (InvalidOperationException)
        {
            return finallies;
        }

        return -1;

        void Down(int n)
        {
            try
            {
                if (n == 0)
                {
                    throw new InvalidOperationException();
                }

                Down(n - 1);
            }
            finally
            {
                finallies++;
            }
        }
    }

    private static string StaticConstructor()
    {
        try
        {
            return FailsOnce.Value.ToString();
        }
        catch (TypeInitializationException e)
        {
            return $"{e.TypeName}: {e.InnerException!.Message}, initialised {FailsOnceCounter.Count} times";
        }
    }

    private static string IteratorThrows()
    {
        string log = "";
        try
        {
            foreach (int i in Numbers())
            {
                log += i;
            }
        }
        catch (InvalidOperationException e)
        {
            log += e.Message;
        }

        return log;

        IEnumerable<int> Numbers()
        {
            try
            {
                yield return 1;
                yield return 2;
                throw new InvalidOperationException("!");
            }
            finally
            {
                log += "f";
            }
        }
    }

    private static string DelegateChain()
    {
        string log = "";
        Action chain = () => log += "a";
        chain += () => throw new InvalidOperationException("b");
        chain += () => log += "c";
        try
        {
            chain();
        }
        catch (InvalidOperationException e)
        {
            log += e.Message;
        }

        return log;
    }

    private static string LazyThrows()
    {
        int calls = 0;
        Lazy<int> lazy = new(() =>
        {
            calls++;
            throw new FormatException("lazy");
        });
        string log = Catch<FormatException>(() => _ = lazy.Value) + " " + Catch<FormatException>(() => _ = lazy.Value);
        return $"{log} calls {calls}";
    }

    private static string LockReleased()
    {
        object gate = new();
        try
        {
            lock (gate)
            {
                throw new InvalidOperationException();
            }
        }
        catch (InvalidOperationException)
        {
            return Monitor.IsEntered(gate) ? "still held" : "released";
        }
    }

    private static string UsingDisposes()
    {
        string log = "";
        try
        {
            using Resource outer = new(() => log += "outer ");
            using Resource inner = new(() => log += "inner ");
            throw new InvalidOperationException("body");
        }
        catch (InvalidOperationException e)
        {
            return log + e.Message;
        }
    }

    private static void ModifyWhileEnumerating()
    {
        List<int> list = [1, 2, 3];
        foreach (int item in list)
        {
            list.Add(item);
        }
    }

    private interface IGet
    {
        T Get<T>(string key);
    }

    private sealed class Impl : IGet
    {
        public T Get<T>(string key) => throw new KeyNotFoundException(key + " " + typeof(T).Name);
    }

    private sealed class Fails
    {
        public Fails(string text)
        {
            if (text == "bad")
            {
                throw new FormatException("constructor");
            }
        }

        public int Value => throw new NotSupportedException("getter");
    }

    private sealed class Resource(Action onDispose) : IDisposable
    {
        public void Dispose() => onDispose();
    }

    private static class FailsOnceCounter
    {
        public static int Count;
    }

    private static class FailsOnce
    {
        public static readonly int Value = Compute();

        private static int Compute()
        {
            FailsOnceCounter.Count++;
            throw new InvalidOperationException("initializer");
        }
    }
}
