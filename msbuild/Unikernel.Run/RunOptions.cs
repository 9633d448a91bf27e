namespace Unikernel.Run;

/// <summary>What to boot and in which machine. The SDK passes all of it in a response file (one argument per line).</summary>
public sealed record RunOptions
{
    public string Image { get; private set; } = "";
    public string? Symbols { get; private set; }
    public string Qemu { get; private set; } = "qemu-system-x86_64";
    public string Machine { get; private set; } = "q35";
    public string Memory { get; private set; } = "256M";
    public int Cpus { get; private set; } = 1;
    public string Accelerator { get; private set; } = "auto";
    public string Cpu { get; private set; } = "";

    /// <summary>Words for the guest's command line before the arguments, as they are: <c>NAME=VALUE</c> and options of the core.</summary>
    public string CommandLine { get; private set; } = "";

    /// <summary>A file of <see cref="EnvironmentDigest"/>: variables that this process has beyond it go to the guest.</summary>
    public string? EnvironmentSince { get; private set; }

    public bool Debug { get; private set; }
    public int DebugPort { get; private set; } = 1234;
    public List<string> QemuArguments { get; } = [];

    /// <summary>The machine has a network card, behind which is QEMU's user-mode network.</summary>
    public bool Network { get; private set; } = true;

    public List<PortForward> Ports { get; } = [];

    /// <summary>Seconds between Ctrl+C or SIGTERM and the end by force.</summary>
    public int StopTimeout { get; private set; } = 10;

    /// <summary>Arguments of the program; null: those that are built into the image.</summary>
    public List<string>? Arguments { get; private set; }

    /// <summary>COMMAND_LINE_MAX of the core. The firmware of q35 hangs on a line of more than about 5 KB, before the core could say a word.</summary>
    public const int LongestCommandLine = 4095;

    public const string Usage = """
        usage: Unikernel.Run [@file] --image FILE.elf [options] [-- arguments of the program]

          --image FILE           the image that `dotnet publish -r unikernel-x64` made
          --symbols FILE         its symbols, for the gdb line that --debug prints
          --machine NAME         q35 or microvm (default q35)
          --memory SIZE          as QEMU's -m: 64M, 1G (default 256M)
          --cpus N               as QEMU's -smp (default 1)
          --accelerator NAME     auto, kvm or tcg (default auto: kvm where /dev/kvm can be opened)
          --cpu MODEL            as QEMU's -cpu (default: host with kvm, max with tcg)
          --command-line WORDS   words for the guest before its arguments: NAME=VALUE sets an environment variable
          --environment-since F  pass on what this environment has beyond that of file F (written by the SDK for `dotnet run -e`)
          --network user|none    a virtio network card on QEMU's user-mode network, or none (default user)
          --port HOST:GUEST      a TCP port of the host that leads to one of the guest (HOST:GUEST/udp: UDP); may be given again
          --stop-timeout N       seconds that the program has to end after Ctrl+C or SIGTERM (default 10)
          --qemu FILE            the emulator (default qemu-system-x86_64)
          --qemu-arguments WORDS further arguments for QEMU, quoted as for a shell; may be given again
          --debug                wait for gdb before the first instruction, and print the line to type
          --debug-port N         TCP port of the gdb stub on 127.0.0.1 (default 1234)
          @file                  more arguments, one per line
        """;

    /// <exception cref="FormatException">The arguments do not make sense; the message says which one.</exception>
    public static RunOptions Parse(IEnumerable<string> arguments)
    {
        var options = new RunOptions();
        using IEnumerator<string> next = Expand(arguments).GetEnumerator();
        while (next.MoveNext())
        {
            string name = next.Current;
            switch (name)
            {
                case "--":
                    options.Arguments = [];
                    while (next.MoveNext())
                        options.Arguments.Add(next.Current);
                    break;
                case "--debug": options.Debug = true; break;
                case "--image": options.Image = Value(next, name); break;
                case "--symbols": options.Symbols = Value(next, name); break;
                case "--machine": options.Machine = OneOf(Value(next, name), name, "q35", "microvm"); break;
                case "--memory": options.Memory = Value(next, name); break;
                case "--cpus": options.Cpus = Number(next, name, 1, 255); break;
                case "--accelerator": options.Accelerator = OneOf(Value(next, name), name, "auto", "kvm", "tcg"); break;
                case "--cpu": options.Cpu = Value(next, name); break;
                case "--command-line":
                    options.CommandLine = Value(next, name);
                    Words("UnikernelCommandLine", options.CommandLine);
                    break;
                case "--environment-since": options.EnvironmentSince = Value(next, name); break;
                case "--qemu": options.Qemu = Value(next, name); break;
                case "--qemu-arguments": options.QemuArguments.AddRange(Words("UnikernelQemuArguments", Value(next, name))); break;
                case "--network": options.Network = OneOf(Value(next, name), name, "user", "none") == "user"; break;
                case "--port": options.Ports.Add(PortForward.Parse(Value(next, name))); break;
                case "--stop-timeout": options.StopTimeout = Number(next, name, 0, 86400); break;
                case "--debug-port": options.DebugPort = Number(next, name, 1, 65535); break;
                default: throw new FormatException($"unknown argument '{name}'");
            }
        }

        if (options.Image.Length == 0)
            throw new FormatException("--image is missing");
        return options;
    }

    /// <summary>Puts words before those of the command line, which so have the last word.</summary>
    public void PrependWords(IEnumerable<string> words) => CommandLine = $"{string.Join(' ', words)} {CommandLine}".Trim();

    /// <summary>The guest's command line: words, then <c> -- </c> and the quoted arguments, if there are any of their own.</summary>
    public string GuestCommandLine()
    {
        if (Arguments is null || Arguments.Count == 0)
            return CommandLine.Trim();
        return $"{CommandLine.Trim()} -- {string.Join(' ', Arguments.Select(CommandWords.Quote))}".Trim();
    }

    private static List<string> Words(string property, string value)
    {
        try
        {
            return CommandWords.Split(value);
        }
        catch (FormatException e)
        {
            throw new PropertyException(property, value, $"words as a shell does, and {e.Message}");
        }
    }

    private static string Value(IEnumerator<string> next, string name) =>
        next.MoveNext() ? next.Current : throw new FormatException($"{name} needs a value");

    private static string OneOf(string value, string name, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(value) ? value : throw new FormatException($"{name} is {string.Join(" or ", allowed.ToArray())}, not '{value}'");

    private static int Number(IEnumerator<string> next, string name, int low, int high)
    {
        string text = Value(next, name);
        return int.TryParse(text, out int value) && value >= low && value <= high
            ? value
            : throw new FormatException($"{name} is a number from {low} to {high}, not '{text}'");
    }

    private static IEnumerable<string> Expand(IEnumerable<string> arguments)
    {
        bool literal = false; // after "--" all belongs to the program
        foreach (string argument in arguments)
        {
            literal |= argument == "--";
            if (literal || !argument.StartsWith('@'))
                yield return argument;
            else
                foreach (string line in File.ReadLines(argument[1..]).Where(line => line.Length > 0))
                    yield return line;
        }
    }
}

/// <summary>A value of a project's property that makes no sense.</summary>
/// <param name="property">The property.</param>
/// <param name="value">What it is.</param>
/// <param name="takes">What it takes.</param>
public sealed class PropertyException(string property, string value, string takes) : FormatException($"{property} is '{value}'. It takes {takes}.")
{
    /// <summary>The arguments of UKN5009's text.</summary>
    public object[] Arguments { get; } = [property, value, takes];
}
