using System.Reflection;

namespace Unikernel.Guest.Subjects;

internal static class Branches
{
    public static int Table(int i)
    {
        switch (i)
        {
            case 0: return 10;
            case 1: return 20;
            case 2: i += 5; goto case 4;
            case 3: break;
            case 4: return i * 3;
            case 6: return -6;
        }

        return 99;
    }

    public static int Collatz(int n)
    {
        int steps = 0;
        while (n > 1)
        {
            n = n % 2 == 0 ? n / 2 : (3 * n) + 1;
            steps++;
        }

        return steps;
    }

    public static int[] Sorted(int[] items)
    {
        int[] copy = [.. items];
        for (int i = 1; i < copy.Length; i++)
        {
            for (int j = i; j > 0 && copy[j] < copy[j - 1]; j--)
            {
                (copy[j], copy[j - 1]) = (copy[j - 1], copy[j]);
            }
        }

        return copy;
    }

    public static int Mix(int x) => unchecked((x * 0x5bd1e995) ^ (x >> 13) ^ int.MinValue);

    public static long Wide(long x) => unchecked((x ^ 0x7ff1_2345_6789_abcd) + 12);

    public static double Real(double x) => (x * 3.25) - 1e300;

    public static string Guarded(int i)
    {
        string trace = "";
        try
        {
            try
            {
                trace += "try ";
                if (i == 1)
                {
                    throw new OddException(1);
                }

                if (i == 2)
                {
                    return trace + "returned ";
                }

                trace += 6 / (i - 3);
            }
            catch (OddException e) when (e.Number == 1)
            {
                trace += "caught ";
            }
            finally
            {
                trace += "finally ";
            }
        }
        catch (DivideByZeroException)
        {
            trace += "zero ";
        }

        return trace;
    }

    public static void Swap(ref int value, out int old) => (value, old) = (value + 1, value);

    public static IEnumerable<int> Primes()
    {
        for (int n = 2; ; n++)
        {
            if (Enumerable.Range(2, n - 2).All(d => n % d != 0))
            {
                yield return n;
            }
        }
    }

    public static async IAsyncEnumerable<int> Slowly(int n)
    {
        for (int i = 0; i < n; i++)
        {
            await Task.Delay(1);
            yield return i;
        }
    }
}

internal static class Overloads
{
    public static string Show(int i) => "int" + i;

    public static string Show(long i) => "long" + i;

    public static string Show(string s) => "string" + s;

    public static string Show<T>(T t) => typeof(T).Name + t;

    public static string Show(int[] a) => "array" + a.Length;
}

/// <summary>Conversions: overloads that differ in nothing but what they return.</summary>
internal readonly struct Wrapped(int value)
{
    public static explicit operator int(Wrapped w) => w._value;

    public static explicit operator string(Wrapped w) => "w" + w._value;

    private readonly int _value = value;
}

internal interface IShape
{
    double Area();

    double Twice() => Area() * 2;
}

internal sealed record Square(double Side) : IShape
{
    public double Area() => Side * Side;
}

internal sealed class Circle(double radius) : IShape
{
    public Circle()
        : this(10)
    {
    }

    public double Area() => Math.Round(Math.PI * radius * radius, 3);

    public double Twice() => -1;
}

internal sealed class Unit : IShape
{
    double IShape.Area() => 1;
}

internal abstract class Reducer
{
    public abstract T Fold<T>(IEnumerable<T> items, T seed, Func<T, T, T> next);
}

internal class Folder : Reducer
{
    public override T Fold<T>(IEnumerable<T> items, T seed, Func<T, T, T> next) => items.Aggregate(seed, next);
}

internal sealed class Joiner : Folder
{
    public override T Fold<T>(IEnumerable<T> items, T seed, Func<T, T, T> next) => base.Fold(items.Reverse(), seed, next);
}

internal interface IQuantity<T>
    where T : IQuantity<T>
{
    static abstract T Zero { get; }

    static abstract T Add(T a, T b);
}

internal readonly record struct Meters(int Value) : IQuantity<Meters>
{
    public static Meters Zero => new(0);

    public static Meters Add(Meters a, Meters b) => new(a.Value + b.Value);
}

internal readonly record struct Seconds(int Value) : IQuantity<Seconds>
{
    public static Seconds Zero => new(100);

    public static Seconds Add(Seconds a, Seconds b) => new(a.Value + b.Value);
}

internal interface IProducer<out T>
{
    T Next();
}

internal sealed class Words : IProducer<string>
{
    string IProducer<string>.Next() => "word";
}

internal record Point(int X, int Y);

internal sealed class Bell
{
    public event EventHandler<int>? Rung;

    public void Ring(int times) => Rung?.Invoke(this, times);
}

internal static class Early
{
    public static string Order { get; set; } = "early";
}

internal static class Late
{
    public static readonly int Value = Compute();

    private static int Compute()
    {
        Early.Order += "+late";
        return 42;
    }
}

internal sealed class Outer<T>
{
    internal sealed class Inner<U>(T t, U u)
    {
        public string Both() => $"{t}{u}";
    }
}

internal enum Color
{
    Red,
    Green = 5,
}

[Obfuscation(Exclude = true, ApplyToMembers = true)]
internal enum Fixed
{
    First,
    Second,
}

[Note("kept", Level = 3, Subject = typeof(Circle))]
[Obfuscation(Exclude = true, ApplyToMembers = true)]
internal sealed class Kept
{
    public int Number { get; } = 12;

    public string Text => "of old";

    public string Greet(string whom) => "hello " + whom;
}

[AttributeUsage(AttributeTargets.Class)]
internal sealed class NoteAttribute(string text) : Attribute
{
    public string Text => text;

    public int Level { get; set; }

    public Type? Subject { get; set; }
}

internal sealed class OddException(int number) : Exception($"number {number}")
{
    public int Number => number;
}
