using System.Globalization;

namespace Unikernel.Guest.Tests;

/// <summary>What is not a comparison with Linux: either better than there, or against the host's clock.</summary>
public sealed class BehaviourTests
{
    private static readonly Dictionary<string, string> s_noEnvironment = [];

    [Theory]
    [InlineData("microvm", "stack-overflow")]
    [InlineData("q35", "stack-overflow")]
    [InlineData("microvm", "stack-overflow-thread")]
    [InlineData("q35", "stack-overflow-thread")]
    public void A_stack_overflow_is_reported_and_ends_the_machine(string machine, string mode)
    {
        // The stock runtime on Linux dies of it without a word (SIGSEGV, 139); a guest's console has to say why it ended.
        Outcome guest = GuestProgram.Named("Lifecycle").RunInGuest(new GuestMachine(machine), [mode], s_noEnvironment, "", TimeSpan.FromSeconds(60));
        Assert.StartsWith("before", guest.Output, StringComparison.Ordinal);
        Assert.Contains("stack overflow", guest.Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Recurse", guest.Backtrace, StringComparison.Ordinal); // the names come from the symbols, by the runner
        Assert.NotNull(guest.ExitCode);
        Assert.NotEqual(0, guest.ExitCode);
    }

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void The_wall_clock_is_the_hosts(string machine)
    {
        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Outcome guest = GuestProgram.Named("Time").RunInGuest(new GuestMachine(machine), ["now"], s_noEnvironment, "", TimeSpan.FromSeconds(60));
        long after = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.Equal(0, guest.ExitCode);
        long told = long.Parse(guest.Output.Trim(), CultureInfo.InvariantCulture);

        // The RTC of the machine counts whole seconds.
        Assert.InRange(told, before - 1500, after + 1500);
    }

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void Ping_reaches_the_machine_itself_and_its_gateway(string machine)
    {
        Outcome guest = GuestProgram.Named("Sockets").RunInGuest(new GuestMachine(machine), ["ping"], s_noEnvironment, "", TimeSpan.FromSeconds(90));

        // QEMU's user-mode network: 10.0.2.2 is the gateway, 10.0.2.3 the name server, 52:54:00:12:34:56 the first card.
        Assert.Equal("""
            ping/loopback(127.0.0.1): Success 127.0.0.1 True
            ping/loopback(::1): Success ::1 True
            ping/size(0): Success 127.0.0.1 True
            ping/size(1): Success 127.0.0.1 True
            ping/size(1400): Success 127.0.0.1 True
            ping/size(1473): Success 127.0.0.1 True
            ping/size(60000): Success 127.0.0.1 True
            ping/async: Success
            ping/gateway: Success 10.0.2.2 True
            ping/nobody there: True
            ping/interface of the machine: eth0 Up 525400123456 1500 10.0.2.3 True
            ping/address of the machine: 10.0.2.15/24
            12 cases
            """.ReplaceLineEndings("\n"), guest.Output.ReplaceLineEndings("\n").Trim());
        Assert.Equal(0, guest.ExitCode);
    }

    [Theory]
    [InlineData("Westmere")]
    [InlineData("Nehalem")]
    [InlineData("max")]
    public void Processors_from_x86_64_v2_on_run_it(string cpu)
    {
        Outcome guest = GuestProgram.Named("Numerics").RunInGuest(
            new GuestMachine("microvm") { Cpu = cpu }, ["vectors", "math"], s_noEnvironment, "", TimeSpan.FromSeconds(120));
        Outcome host = GuestProgram.Named("Numerics").RunOnHost(["vectors", "math"], s_noEnvironment, "", TimeSpan.FromSeconds(60));
        Assert.Equal(host.Output, guest.Output.Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Equal(0, guest.ExitCode);
    }
}
