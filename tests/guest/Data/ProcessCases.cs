using System.Diagnostics;

namespace Unikernel.Guest;

/// <summary>What a program asks about itself by System.Diagnostics.Process, in words that are the same on any machine.</summary>
internal static class ProcessCases
{
    public static void Run()
    {
        using var self = Process.GetCurrentProcess();
        Suite.Case("id", () => self.Id == Environment.ProcessId);
        Suite.Case("name", () => self.ProcessName);
        Suite.Case("has not exited", () => !self.HasExited);
        Suite.Case("is among all", () => Process.GetProcesses().Any(p => p.Id == Environment.ProcessId));
        Suite.Case("by name", () => Process.GetProcessesByName(self.ProcessName).Any(p => p.Id == Environment.ProcessId));
        Suite.Case("by id", () => Process.GetProcessById(Environment.ProcessId).ProcessName);
        Suite.Case("another", () => Process.GetProcessById(int.MaxValue).ProcessName);
        Suite.Case("working set", () => self.WorkingSet64 > 1_000_000 && self.PeakWorkingSet64 > 1_000_000);
        Suite.Case("memory", () => self.VirtualMemorySize64 > 0 && self.PrivateMemorySize64 > 0 && self.PagedMemorySize64 >= 0);
        Suite.Case("processor time", () => self.TotalProcessorTime > TimeSpan.Zero && self.UserProcessorTime <= self.TotalProcessorTime + TimeSpan.FromSeconds(1));
        Suite.Case("threads", () => self.Threads.Count >= 2 && self.Threads.Cast<ProcessThread>().All(thread => thread.Id > 0));
        Suite.Case("handles", () => self.HandleCount >= 3);
        Suite.Case("start", () => DateTime.Now - self.StartTime is var age && age > TimeSpan.FromSeconds(-2) && age < TimeSpan.FromMinutes(30));
        Suite.Case("main module", () => self.MainModule!.FileName == Environment.ProcessPath && self.MainModule.ModuleName == Path.GetFileName(Environment.ProcessPath));
        Suite.Case("priority", () => self.PriorityClass);
        Suite.Case("first processor", () => (self.ProcessorAffinity & 1) == 1);
        Suite.Case("text", () => self.ToString());
        Suite.Case("not started", () => new Process().Id);
        Suite.Case("refreshed", () =>
        {
            self.Refresh();
            return self.WorkingSet64 > 0;
        });
    }
}
