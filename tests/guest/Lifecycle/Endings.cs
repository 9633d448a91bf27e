using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>The methods that end badly. None is inlined, so that each is a frame of the stack trace.</summary>
internal static class Endings
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowThrough(int depth)
    {
        if (depth == 0)
        {
            throw new InvalidOperationException("thrown three calls down");
        }

        ThrowThrough(depth - 1);
        Touch();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowWithInner()
    {
        try
        {
            ThrowThrough(1);
        }
        catch (InvalidOperationException e)
        {
            throw new ApplicationException("the outer one", e);
        }
    }

    public static async Task ThrowAfterAwait()
    {
        await Task.Delay(5);
        throw new InvalidOperationException("after an await");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Dereference(string? text) => text!.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Divide(int a, int b) => a / b;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThreadBody()
    {
        throw new NotSupportedException("in a thread");
    }

    public static int ExitFromFinally()
    {
        try
        {
            try
            {
                throw new InvalidOperationException("lost");
            }
            finally
            {
                Console.WriteLine("finally exits");
                Environment.Exit(10);
            }
        }
        catch (InvalidOperationException)
        {
            return 1;
        }
    }

    public static void FilterRunsBeforeFinally()
    {
        try
        {
            try
            {
                throw new InvalidOperationException("no filter takes it");
            }
            finally
            {
                // An unhandled exception is reported after the first pass: the second one never happens.
                Console.WriteLine("must not be printed");
            }
        }
        catch (Exception) when (Refuse())
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int DeepButFinite(int depth)
    {
        Span<byte> frame = stackalloc byte[64];
        frame[depth & 63] = 1;
        return depth == 0 ? 0 : DeepButFinite(depth - 1) + frame[depth & 63];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Recurse(int depth) => Recurse(depth + 1) + depth;

    private static bool Refuse()
    {
        Console.WriteLine("filter refuses");
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Touch() => Console.Write("");

    /// <summary>An exception with its own text.</summary>
    public sealed class CustomException(int code) : Exception($"custom with code {code}")
    {
        public override string ToString() => $"CustomException.ToString({code})";
    }

    /// <summary>A generic type in a stack trace.</summary>
    public static class Generic<T>
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Fail(T[] items) => throw new ArgumentException($"{items.Length} item of {typeof(T).Name}");
    }

    /// <summary>A type whose initializer fails.</summary>
    public static class BadType
    {
        public static readonly int Value = Initialize();

        private static int Initialize() => throw new InvalidOperationException("type initializer failed");
    }
}
