namespace Unikernel.Net;

/// <summary>A point of monotonic time. The clock is a parameter everywhere in the stack: nothing here asks for the time itself.</summary>
/// <param name="Ticks">Units of 100 ns since an arbitrary start, so that durations are plain <see cref="TimeSpan"/>s.</param>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than any other instant: "no deadline".</summary>
    public static Instant Never => new(long.MaxValue);

    /// <summary>The start of the clock.</summary>
    public static Instant Zero => default;

    public static Instant FromMilliseconds(long milliseconds) => new(milliseconds * TimeSpan.TicksPerMillisecond);

    public static Instant FromNanoseconds(ulong nanoseconds) => new((long)(nanoseconds / 100));

    public long TotalMilliseconds => Ticks / TimeSpan.TicksPerMillisecond;

    public bool IsNever => Ticks == long.MaxValue;

    /// <summary>Saturates at <see cref="Never"/>.</summary>
    public static Instant operator +(Instant left, TimeSpan right)
    {
        long sum = unchecked(left.Ticks + right.Ticks);
        return right.Ticks > 0 && sum < left.Ticks ? Never : new(sum);
    }

    public static Instant operator -(Instant left, TimeSpan right) => new(left.Ticks - right.Ticks);

    public static TimeSpan operator -(Instant left, Instant right) => new(left.Ticks - right.Ticks);

    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;

    public static Instant Min(Instant left, Instant right) => left.Ticks <= right.Ticks ? left : right;

    public static Instant Max(Instant left, Instant right) => left.Ticks >= right.Ticks ? left : right;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    public override string ToString() => IsNever ? "never" : $"{TotalMilliseconds} ms";
}
