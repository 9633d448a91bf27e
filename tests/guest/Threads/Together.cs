namespace Unikernel.Guest;

/// <summary>Starts threads together and joins them all.</summary>
internal static class Together
{
    /// <summary>Runs <paramref name="body"/> in <paramref name="count"/> threads, each with its number.</summary>
    public static void Run(int count, Action<int> body)
    {
        Thread[] threads = [.. Enumerable.Range(0, count).Select(n => new Thread(() => body(n)))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
    }
}
