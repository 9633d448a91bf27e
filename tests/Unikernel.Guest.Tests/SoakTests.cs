namespace Unikernel.Guest.Tests;

/// <summary>
/// The threading and collector programs with a preemption tick of 10 kHz, which moves threads at points where they would hardly
/// ever be moved otherwise. Once in ./test.sh; tests/soak.sh runs it twenty times, or as often as it is told by UNIKERNEL_SOAK_RUNS.
/// </summary>
public sealed class SoakTests
{
    private static readonly int s_runs = int.Parse(
        Environment.GetEnvironmentVariable("UNIKERNEL_SOAK_RUNS") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void Threads_with_a_10_kHz_tick(string machine) => Soak(machine, "Threads", "thread", "locks", "signals", "interlocked", "tasks", "cancel", "collections", "suspension");

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void Memory_with_a_10_kHz_tick(string machine) => Soak(machine, "Memory", "collect", "finalizers", "handles", "native");

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void Exceptions_with_a_10_kHz_tick(string machine) => Soak(machine, "Exceptions", "fault", "threads", "async");

    private static void Soak(string machine, string program, params string[] sections)
    {
        GuestCase soaked = new(program, sections) { KernelWords = ["uk.tick=10000"], Timeout = TimeSpan.FromMinutes(5) };
        for (int run = 1; run <= s_runs; run++)
        {
            soaked.Compare(machine);
        }
    }
}
