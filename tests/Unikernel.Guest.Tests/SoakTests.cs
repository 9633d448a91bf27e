using Xunit.Sdk;

namespace Unikernel.Guest.Tests;

/// <summary>
/// The threading and collector programs with a preemption tick of 10 kHz, which moves threads at points where they would hardly
/// ever be moved otherwise. tests/soak.sh runs it, twenty times or as UNIKERNEL_SOAK_RUNS says.
/// </summary>
/// <remarks>
/// Open defect: with this tick a few runs in a hundred of Threads or Memory end in an exception that should not be (docs/core.md, "Open defect"). Until the cause is found
/// ./test.sh leaves the soak out, visibly; tests/soak.sh runs it and fails.
/// </remarks>
public sealed class SoakTests
{
    private static readonly int s_runs = int.Parse(
        Environment.GetEnvironmentVariable("UNIKERNEL_SOAK_RUNS") ?? "1", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [SoakedInTheLongForm("microvm")]
    [SoakedInTheLongForm("q35")]
    public void Threads_with_a_10_kHz_tick(string machine) => Soak(machine, "Threads", "thread", "locks", "signals", "interlocked", "tasks", "cancel", "collections", "suspension");

    [Theory]
    [SoakedInTheLongForm("microvm")]
    [SoakedInTheLongForm("q35")]
    public void Memory_with_a_10_kHz_tick(string machine) => Soak(machine, "Memory", "collect", "finalizers", "handles", "native");

    [Theory]
    [SoakedInTheLongForm("microvm")]
    [SoakedInTheLongForm("q35")]
    public void Exceptions_with_a_10_kHz_tick(string machine) => Soak(machine, "Exceptions", "fault", "threads", "async");

    /// <summary>A row that only the long form runs.</summary>
    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    private sealed class SoakedInTheLongFormAttribute : DataAttribute
    {
        private readonly string _machine;

        public SoakedInTheLongFormAttribute(string machine)
        {
            _machine = machine;
            if (Environment.GetEnvironmentVariable("UNIKERNEL_SOAK_RUNS") is null)
            {
                Skip = "with a 10 kHz tick a few runs in a hundred fail: an open defect, see docs/core.md. tests/soak.sh runs it.";
            }
        }

        public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) => [[_machine]];
    }

    private static void Soak(string machine, string program, params string[] sections)
    {
        GuestCase soaked = new(program, sections) { KernelWords = ["uk.tick=10000"], Timeout = TimeSpan.FromMinutes(5) };
        for (int run = 1; run <= s_runs; run++)
        {
            soaked.Compare(machine);
        }
    }
}
