using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>
/// Runs out of memory in several ways and goes on. Meant for 64 MB: on Linux the harness sets the heap's hard limit, in the
/// guest the machine is that small.
/// </summary>
internal static class ExhaustCases
{
    public static void Run()
    {
        Suite.Case("one array beyond memory", () => Caught(() => GC.KeepAlive(new byte[1_500_000_000])));
        Suite.Case("one array beyond the address space", () => Caught(() => GC.KeepAlive(new long[int.MaxValue / 2])));
        Suite.Throws("more elements than arrays have", () => GC.KeepAlive(new byte[GetLong(0x7fff_ffff_ffff)]));
        Suite.Case("usable after", Usable);
        Suite.Case("arrays of 1 MB", () => Caught(() => Fill(1_000_000)));
        Suite.Case("usable after 1 MB arrays", Usable);
        Suite.Case("arrays of 50 kB", () => Caught(() => Fill(50_000)));
        Suite.Case("usable after 50 kB arrays", Usable);
        Suite.Case("arrays of 1 kB", () => Caught(() => Fill(1_000)));
        Suite.Case("usable after 1 kB arrays", Usable);
        Suite.Case("growing list", () => Caught(GrowList));
        Suite.Case("growing string", () => Caught(GrowString));
        Suite.Case("usable after growth", Usable);
        Suite.Case("ten times in a row", () => Repeated(10));
        Suite.Case("in a thread", InThread);
        Suite.Case("finally runs on the way", FinallyRuns);
        Suite.Case("in a task", InTask);
        Suite.Case("usable at the end", Usable);
    }

    private static long GetLong(long n) => Volatile.Read(ref n);

    private static string Caught(Action body)
    {
        string result = "no exception";
        try
        {
            body();
        }
        catch (OutOfMemoryException e)
        {
            result = e.GetType().Name;
        }

        GC.Collect();
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(int size)
    {
        List<byte[]> all = [];
        while (all.Count * (long)size < 4L << 30)
        {
            byte[] a = new byte[size];
            a.AsSpan().Fill(1);
            all.Add(a);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GrowList()
    {
        List<long> list = [];
        while (list.Count < 500_000_000)
        {
            list.Add(list.Count);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GrowString()
    {
        string s = "0123456789";
        while (s.Length < 900_000_000)
        {
            s += s;
        }
    }

    private static string Usable()
    {
        GC.Collect();
        byte[][] all = [.. Enumerable.Range(0, 500).Select(i => new byte[10_000])];
        return $"{all.Sum(a => a.Length)} bytes in {all.Length} arrays";
    }

    private static string Repeated(int times)
    {
        int caught = 0;
        for (int i = 0; i < times; i++)
        {
            caught += Caught(() => Fill(2_000_000)) == nameof(OutOfMemoryException) ? 1 : 0;
        }

        return caught.ToString();
    }

    private static string InThread()
    {
        string result = "";
        Thread thread = new(() => result = Caught(() => Fill(300_000)));
        thread.Start();
        thread.Join();
        return result;
    }

    private static string FinallyRuns()
    {
        int finallies = 0;
        string caught = Caught(() =>
        {
            try
            {
                try
                {
                    Fill(700_000);
                }
                finally
                {
                    finallies++;
                }
            }
            finally
            {
                finallies++;
            }
        });
        return $"{caught} {finallies}";
    }

    private static string InTask()
    {
        try
        {
            Task.Run(() => Fill(900_000)).Wait();
            return "no exception";
        }
        catch (AggregateException e)
        {
            return e.InnerException!.GetType().Name;
        }
        finally
        {
            GC.Collect();
        }
    }
}
