using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;

namespace Unikernel.Guest;

/// <summary>Stack traces with method names. Native offsets are cut off: they are the compiler's business.</summary>
internal static partial class TraceCases
{
    public static void Run()
    {
        Suite.Case("one frame", () => Frames(() => A(0)));
        Suite.Case("three frames", () => Frames(() => A(2)));
        Suite.Case("rethrow keeps the origin", () => Frames(Rethrow));
        Suite.Case("throw e resets it", () => Frames(ThrowAgain));
        Suite.Case("dispatch info joins both", () => Frames(DispatchInfo));
        Suite.Case("generic method", () => Frames(() => Generic(5)));
        Suite.Case("generic type", () => Frames(() => new Box<string>().Fail("x")));
        Suite.Case("nested type", () => Frames(() => Outer.Inner.Fail()));
        Suite.Case("parameters", () => Frames(() => Parameters(1, "a", [2.0], null, out _)));
        Suite.Case("local function", () => Frames(WithLocal));
        Suite.Case("lambda", () => Frames(() => Invoke(() => throw new InvalidOperationException("in lambda"))));
        Suite.Case("constructor", () => Frames(() => _ = new Constructed()));
        Suite.Case("property", () => Frames(() => _ = Prop));
        Suite.Case("operator", () => Frames(() => _ = new Box<int>() + new Box<int>()));
        Suite.Case("null reference", () => Frames(() => Deref(null)));
        Suite.Case("divide", () => Frames(() => Div(1, 0)));
        Suite.Case("async", () => Frames(() => AsyncThrow().GetAwaiter().GetResult()));
        Suite.Case("environment stack trace", () => Cut(EnvironmentTrace()).Contains("TraceCases.EnvironmentTrace"));
        Suite.Case("stack frame method", () => Method(new StackTrace()));
        Suite.Case("ToString with inner", () => Cut(Caught(WithInner).ToString()));
        Suite.Case("not thrown has none", () => new Exception("x").StackTrace);
        Suite.Case("target site", () => Caught(() => A(0)).StackTrace is { Length: > 0 });
    }

    private static string Frames(Action body) => Cut(Caught(body).StackTrace!);

    private static Exception Caught(Action body)
    {
        try
        {
            body();
        }
        catch (Exception e)
        {
            return e;
        }

        return new Exception("nothing was thrown");
    }

    private static string Cut(string trace)
    {
        IEnumerable<string> lines = Offset().Replace(trace, "").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0);
        return string.Join(" | ", lines);
    }

    [GeneratedRegex(@" \+ 0x[0-9a-f]+")]
    private static partial Regex Offset();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void A(int depth)
    {
        if (depth == 0)
        {
            throw new InvalidOperationException("bottom");
        }

        A(depth - 1);
        GC.KeepAlive(depth);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Rethrow()
    {
        try
        {
            A(1);
        }
        catch (InvalidOperationException)
        {
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowAgain()
    {
        try
        {
            A(1);
        }
        catch (InvalidOperationException e)
        {
            throw e;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DispatchInfo()
    {
        ExceptionDispatchInfo info = ExceptionDispatchInfo.Capture(Caught(() => A(1)));
        info.Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Generic<T>(T value) where T : struct => throw new InvalidOperationException(value.ToString());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Parameters(int a, string b, double[] c, int? d, out long e) => throw new InvalidOperationException($"{a}{b}{c.Length}{d}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WithLocal()
    {
        Local(3);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Local(int x) => throw new InvalidOperationException(x.ToString());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Invoke(Action action)
    {
        action();
        GC.KeepAlive(action);
    }

    private static int Prop
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        get => throw new InvalidOperationException("property");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Deref(string? s) => s!.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Div(int a, int b) => a / b;

    private static async Task AsyncThrow()
    {
        await Task.Yield();
        await AsyncInner();
    }

    private static async Task AsyncInner()
    {
        await Task.Yield();
        throw new InvalidOperationException("async");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string EnvironmentTrace() => Environment.StackTrace;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Method(StackTrace trace) => trace.FrameCount > 1 && trace.ToString().Contains("TraceCases");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WithInner()
    {
        try
        {
            A(0);
        }
        catch (InvalidOperationException e)
        {
            throw new ApplicationException("outer", e);
        }
    }

    private sealed class Box<T>
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Fail(T value) => throw new InvalidOperationException(value!.ToString());

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static Box<T> operator +(Box<T> a, Box<T> b) => throw new InvalidOperationException("operator");
    }

    private static class Outer
    {
        public static class Inner
        {
            [MethodImpl(MethodImplOptions.NoInlining)]
            public static void Fail() => throw new InvalidOperationException("nested");
        }
    }

    private sealed class Constructed
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public Constructed() => throw new InvalidOperationException("constructor");
    }
}
