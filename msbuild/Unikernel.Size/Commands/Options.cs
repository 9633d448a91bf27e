using System.Globalization;
using Unikernel.Run;
using Unikernel.Size.Model;

namespace Unikernel.Size.Commands;

/// <summary>The command line is wrong.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>A limit given as an MSBuild item: what it is for, its metadata, and the project file that has it.</summary>
public sealed record BudgetItem(string Include, List<KeyValuePair<string, string>> Metadata, string File);

/// <summary>The command line; `@file` is replaced by the lines of the file.</summary>
public sealed class Options
{
    public const string Usage = """
        unikernel-size IMAGE                 what the bytes of an image belong to, as tables
        unikernel-size --diff OLD NEW        what grew and what shrank
        unikernel-size why IMAGE NAME        what needs the parts whose name contains NAME
        unikernel-size check IMAGE           whether the image keeps to its budget

        An IMAGE is an .elf with its report (NAME.size.json) or its symbols (NAME.elf.dbg) beside it, or a .size.json.

          --by VIEW          one table: group, assembly, namespace, type, member, native, object, section, category, memory
          --filter TEXT      only lines that contain TEXT
          --top N            lines of a table (default 25)
          --json [FILE]      the report for machines, to standard output without FILE
          --html FILE        a treemap as one page; with --diff it shows what changed
          --markdown FILE    a summary; in a GitHub action also goes to $GITHUB_STEP_SUMMARY with `check`
        for `check`:
          --budget FILE      limits (default: unikernel.budget.json in the current folder)
          --limit TARGET=SIZE  a limit without a file, e.g. image="1 MB" or assembly:System.Linq="20 kB" (repeat)
          --baseline FILE    sizes that growth is measured against
          --update-baseline  write the baseline
          --against OLD      another image as the baseline
          --configuration NAME  which limits hold (default Release)
          --sarif FILE       the findings for build servers
        where the parts of an image come from, when they do not lie beside it:
          --map FILE         map of ld.lld
          --mstat FILE       size data of ILC
          --reasons FILE     reasons.tsv.gz of the IL linker
          --why-extract FILE  ld.lld's --why-extract
        memory at boot, measured in QEMU (needs the symbols beside the image):
          --boot             boot the image, stop it before Main, and add what its memory is used for
          --timeout N        seconds that it may take (default 60)
          --machine, --memory, --accelerator, --cpu, --network, --qemu, --qemu-arguments, --command-line
                             the machine, as for `dotnet run` (default: q35 with 256M)

        Exit codes: 0 done, 1 an input can not be read, 2 wrong usage, 3 over budget.
        """;

    private readonly List<string> _machine = [];
    private bool _boots;

    public string Command { get; private set; } = "show";
    public List<string> Operands { get; } = [];
    public View? By { get; private set; }
    public string? Filter { get; private set; }
    public int Top { get; private set; } = 25;

    /// <summary>Empty for standard output.</summary>
    public string? Json { get; private set; }
    public string? Html { get; private set; }
    public string? Markdown { get; private set; }
    public string? Sarif { get; private set; }
    public string? Budget { get; private set; }
    public string? Baseline { get; private set; }
    public string? Against { get; private set; }
    public bool UpdateBaseline { get; private set; }
    public string Configuration { get; private set; } = "Release";
    public string? Map { get; private set; }
    public string? Mstat { get; private set; }
    public string? Reasons { get; private set; }
    public string? WhyExtract { get; private set; }

    /// <summary>The machine to boot the image in; null: it is not asked for.</summary>
    public RunOptions? Boot { get; private set; }
    public TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(60);

    /// <summary>A file with the line that says the size: publish shows it.</summary>
    public string? Line { get; private set; }
    public bool Table { get; private set; }
    public List<BudgetItem> Items { get; } = [];

    public static Options Parse(IEnumerable<string> arguments)
    {
        var options = new Options();
        List<string> all = [.. arguments.SelectMany(Expand)];
        for (int i = 0; i < all.Count; i++)
            options.Apply(all, ref i);
        int expected = options.Command switch { "why" => 2, "diff" => 2, _ => 1 };
        if (options.Operands.Count != expected)
            throw new UsageException(options.Command == "diff" ? "--diff needs two images: the old one and the new one" : options.Command == "why" ? "why needs an image and a name" : "one image is needed");
        if (options._boots)
            options.Boot = Machine(options.Operands[^(options.Command == "why" ? 2 : 1)], options._machine);
        else if (options._machine.Count > 0)
            throw new UsageException($"{options._machine[0]} describes the machine of --boot, which is not there");
        // What the targets leave beside an image explains it without being named.
        if (options.Map is null && expected > 0 && options.Operands[^(options.Command == "why" ? 2 : 1)] is var image)
        {
            options.Reasons ??= Beside(image, ".reasons.tsv.gz");
            options.WhyExtract ??= Beside(image, ".archives.tsv");
        }

        return options;
    }

    private static RunOptions Machine(string image, IEnumerable<string> arguments)
    {
        try
        {
            return RunOptions.Parse(["--image", image, .. arguments]);
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static string? Beside(string image, string extension)
    {
        string stem = image.EndsWith(".size.json", StringComparison.Ordinal) ? image[..^".size.json".Length] : Path.ChangeExtension(image, null);
        return File.Exists(stem + extension) ? stem + extension : null;
    }

    private static IEnumerable<string> Expand(string argument)
    {
        if (!argument.StartsWith('@'))
            return [argument];
        return File.Exists(argument[1..]) ? File.ReadAllLines(argument[1..]) : throw new UsageException($"response file '{argument[1..]}' does not exist");
    }

    private void Apply(List<string> all, ref int i)
    {
        string argument = all[i];
        switch (argument)
        {
            case "why" or "check" or "show" when i == 0: Command = argument; break;
            case "size" when i == 0: break; // `unikernel-size size A.elf` means the same
            case "--diff" or "diff" when Operands.Count <= 1: Command = "diff"; break;
            case "--by": By = ParseView(Next(all, ref i)); break;
            case "--filter": Filter = Next(all, ref i); break;
            case "--top": Top = Number(all, ref i); break;
            case "--json": Json = i + 1 < all.Count && all[i + 1].EndsWith(".json", StringComparison.Ordinal) && !IsLastOperand(all, i + 1) ? all[++i] : ""; break;
            case "--html": Html = Next(all, ref i); break;
            case "--markdown": Markdown = Next(all, ref i); break;
            case "--sarif": Sarif = Next(all, ref i); break;
            case "--budget": Budget = Next(all, ref i); break;
            case "--baseline": Baseline = Next(all, ref i); break;
            case "--against": Against = Next(all, ref i); break;
            case "--update-baseline": UpdateBaseline = true; break;
            case "--configuration": Configuration = Next(all, ref i); break;
            case "--map": Map = Next(all, ref i); break;
            case "--mstat": Mstat = Next(all, ref i); break;
            case "--reasons": Reasons = Next(all, ref i); break;
            case "--why-extract": WhyExtract = Next(all, ref i); break;
            case "--boot": _boots = true; break;
            case "--timeout": Timeout = TimeSpan.FromSeconds(Number(all, ref i)); break;
            case "--machine" or "--memory" or "--accelerator" or "--cpu" or "--network" or "--qemu" or "--qemu-arguments" or "--command-line":
                _machine.AddRange([argument, Next(all, ref i)]);
                break;
            case "--line": Line = Next(all, ref i); break;
            case "--table": Table = true; break;
            case "--limit": AddLimit(Next(all, ref i)); break;
            case "--item": AddItem(all, ref i); break;
            case "": break;
            default:
                if (argument.StartsWith('-'))
                    throw new UsageException($"'{argument}' is not an option");
                Operands.Add(argument);
                break;
        }
    }

    /// <summary>`--json A.size.json` alone: the file is the image.</summary>
    private bool IsLastOperand(List<string> all, int i) => i == all.Count - 1 && Operands.Count == 0;

    private static string Next(List<string> all, ref int i) => i + 1 < all.Count ? all[++i] : throw new UsageException($"{all[i]} needs a value");

    private static int Number(List<string> all, ref int i)
    {
        string name = all[i];
        return int.TryParse(Next(all, ref i), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw new UsageException($"{name} needs a number, not '{all[i]}'");
    }

    private static View ParseView(string name) => Enum.TryParse(name, ignoreCase: true, out View view) && Enum.IsDefined(view) && !char.IsDigit(name[0])
        ? view
        : throw new UsageException($"'{name}' is not a view; views are {string.Join(", ", Enum.GetNames<View>()).ToLowerInvariant()}");

    private void AddLimit(string limit)
    {
        int equals = limit.LastIndexOf('=');
        if (equals <= 0)
            throw new UsageException($"--limit needs TARGET=SIZE, not '{limit}'");
        Items.Add(new BudgetItem(limit[..equals], [KeyValuePair.Create("limit", limit[(equals + 1)..])], "--limit"));
    }

    /// <summary>`--item INCLUDE file=… limit=… …`, as the targets write it, a line each.</summary>
    private void AddItem(List<string> all, ref int i)
    {
        var item = new BudgetItem(Next(all, ref i), [], "");
        while (i + 1 < all.Count && all[i + 1].IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && !all[i + 1].StartsWith('-'))
        {
            string line = all[++i];
            if (line.StartsWith("file=", StringComparison.Ordinal))
                item = item with { File = line[5..] };
            else
                item.Metadata.Add(KeyValuePair.Create(line[..equals], line[(equals + 1)..]));
        }

        Items.Add(item);
    }
}
