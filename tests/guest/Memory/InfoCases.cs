using System.Runtime.CompilerServices;

namespace Unikernel.Guest;

/// <summary>What the collector says about itself. Amounts differ from machine to machine, so the cases state relations.</summary>
internal static class InfoCases
{
    public static void Run()
    {
        Suite.Case("total memory is positive", () => GC.GetTotalMemory(false) > 0);
        Suite.Case("total memory after a full collection is less", () =>
        {
            _ = Enumerable.Range(0, 1000).Select(i => new byte[1000]).ToArray();
            return GC.GetTotalMemory(true) <= GC.GetTotalMemory(false) + 10_000_000;
        });
        Suite.Case("allocated bytes grow by the array", () =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            GC.KeepAlive(Allocate(1_000_000));
            long grown = GC.GetAllocatedBytesForCurrentThread() - before;
            return grown is >= 1_000_000 and < 1_100_000;
        });
        Suite.Case("allocated bytes of no allocation", () =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Suite.Case("total allocated bytes grow", () =>
        {
            long before = GC.GetTotalAllocatedBytes(true);
            GC.KeepAlive(Allocate(500_000));
            return GC.GetTotalAllocatedBytes(true) - before >= 500_000;
        });
        Suite.Case("collection counts nest", () => GC.CollectionCount(0) >= GC.CollectionCount(1) && GC.CollectionCount(1) >= GC.CollectionCount(2));
        Suite.Case("memory info available", () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 1_000_000);
        Suite.Case("memory info heap", () =>
        {
            GC.Collect();
            GCMemoryInfo info = GC.GetGCMemoryInfo();
            return $"{info.HeapSizeBytes > 0} {info.Generation} {info.Index > 0} {info.GenerationInfo.Length}";
        });
        Suite.Case("memory info pause", () =>
        {
            GC.Collect();
            GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.FullBlocking);
            return $"{info.PauseDurations[0] > TimeSpan.Zero} {info.PauseTimePercentage is >= 0 and <= 100} {info.Concurrent}";
        });
        Suite.Case("memory info pinned", () => GC.GetGCMemoryInfo().PinnedObjectsCount >= 0);
        Suite.Case("memory load is below the limit", () => GC.GetGCMemoryInfo().MemoryLoadBytes < GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Suite.Case("total pause", () => GC.GetTotalPauseDuration() > TimeSpan.Zero);
        Suite.Case("memory pressure", () =>
        {
            GC.AddMemoryPressure(50_000_000);
            GC.RemoveMemoryPressure(50_000_000);
            return "added and removed";
        });
        Suite.Throws("negative pressure", () => GC.AddMemoryPressure(-1));
        Suite.Case("configuration variables", () => GC.GetConfigurationVariables().Count > 0);
        Suite.Case("refresh limit", () =>
        {
            GC.RefreshMemoryLimit();
            return "refreshed";
        });
        Suite.Case("full collection notification", () =>
        {
            GC.CancelFullGCNotification();
            return "cancelled";
        });
        Suite.Case("register no-gc callback", NoGcCallback);
        Suite.Case("environment working set", () => Environment.WorkingSet > 0);
        Suite.Case("memory fail point", () =>
        {
            using System.Runtime.MemoryFailPoint point = new(1);
            return "one megabyte";
        });
    }

    private static string NoGcCallback()
    {
        bool called = false;
        if (!GC.TryStartNoGCRegion(2_000_000))
        {
            return "not started";
        }

        GC.RegisterNoGCRegionCallback(100_000, () => Volatile.Write(ref called, true));
        for (int i = 0; i < 200; i++)
        {
            GC.KeepAlive(new byte[2000]);
        }

        GC.EndNoGCRegion();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (int i = 0; i < 100 && !Volatile.Read(ref called); i++)
        {
            Thread.Sleep(1);
        }

        return $"called {called}";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Allocate(int n) => new byte[n];
}
