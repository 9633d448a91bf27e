using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Unikernel.Guest.Tests;

/// <summary>One program with one set of arguments, whose output and exit code are the same on Linux and in the guest.</summary>
internal sealed partial record GuestCase(string Program, params string[] Arguments)
{
    private static readonly ConcurrentDictionary<string, Lazy<Outcome>> s_onHost = new();

    /// <summary>Environment variables, the only ones on both systems.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Variables that only Linux gets, to bring it into the state that the guest is in by its machine.</summary>
    public IReadOnlyDictionary<string, string> HostEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>The guest's memory.</summary>
    public string Memory { get; init; } = "256M";

    /// <summary>Options for the guest's core.</summary>
    public IReadOnlyList<string> KernelWords { get; init; } = [];

    /// <summary>Cuts the native offsets off stack frames before comparing: the one thing in a trace that is the linker's.</summary>
    public bool HasTrace { get; init; }

    /// <summary>Order of lines is the scheduler's: compare them sorted.</summary>
    public bool AnyOrder { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>As a shell would have it.</summary>
    public override string ToString() => string.Join(' ', Environment.Select(v => $"{v.Key}={v.Value}").Append(Program).Concat(Arguments));

    /// <summary>Runs on both systems and fails with a readable difference.</summary>
    public void Compare(string machineType)
    {
        GuestProgram program = GuestProgram.Named(Program);
        Outcome host = s_onHost.GetOrAdd(ToString(), _ => new Lazy<Outcome>(() =>
            program.RunOnHost(Arguments, Environment.Concat(HostEnvironment).ToDictionary(), Input, Timeout))).Value;
        Outcome guest = program.RunInGuest(new GuestMachine(machineType, Memory) { KernelWords = KernelWords }, Arguments, Environment, Input, Timeout);
        string expected = Normalise(host.Output), actual = Normalise(guest.Output);
        if (expected == actual && host.ExitCode == guest.ExitCode && host.ExitCode is not null)
        {
            return;
        }

        Assert.Fail($"""
            {this} on {machineType} differs from Linux.
            exit code: Linux {Code(host)}, guest {Code(guest)}
            {TextDifference.Between(expected, actual)}
            on Linux: {host.CommandLine}
            in QEMU:  {guest.CommandLine}
            """);
    }

    private static string Code(Outcome outcome) => outcome.ExitCode switch
    {
        null => "none, killed by the timeout",
        -1 => "none reported",
        int code => code.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private string Normalise(string output)
    {
        // A serial line ends in CR LF.
        string text = output.Replace("\r\n", "\n", StringComparison.Ordinal);
        if (HasTrace)
        {
            text = NativeOffset().Replace(text, "");
        }

        text = string.Join('\n', text.Split('\n').Where(line => !Cases.NotYetEqual.Keys.Any(name => line.StartsWith(name + ": ", StringComparison.Ordinal))));
        return AnyOrder ? string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal)) : text;
    }

    [GeneratedRegex(@" \+ 0x[0-9a-f]+")]
    private static partial Regex NativeOffset();
}
