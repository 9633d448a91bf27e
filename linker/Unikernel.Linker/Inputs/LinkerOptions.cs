using Unikernel.Diagnostics;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Inputs;

/// <summary>How far the linker goes.</summary>
public enum LinkMode
{
    /// <summary>Only bind P/Invokes and apply replacements; nothing is removed.</summary>
    Bind,

    /// <summary>Bind, mark from the roots, and remove what is not reached.</summary>
    Sweep,
}

/// <summary>What becomes of a P/Invoke that no provider covers.</summary>
public enum UnprovidedAction
{
    /// <summary>The P/Invoke stays; the native link must resolve its symbol.</summary>
    Native,

    /// <summary>Calls throw PlatformNotSupportedException and user call sites are reported.</summary>
    Stub,
}

/// <summary>The command line, usually a response file with one argument per line.</summary>
public sealed class LinkerOptions
{
    public const string Usage = """
        Unikernel.Linker [why MEMBER | map | surface] @file.rsp | arguments
        Unikernel.Linker fingerprint ASSEMBLY-FILE TYPE METHOD
          --input FILE              main assembly (its entry point is the root)
          -r, --reference FILE      an assembly that the program may use (repeat; `*` in the file name is expanded)
          --provider FILE           assembly whose [ProvidesEntryPoint] and [Replaces] methods go before those of references (repeat)
          --library-os FILE         assembly of the library OS: its providers come last (repeat)
          -o, --output DIR          folder for changed assemblies and assemblies.txt
          --mode bind|sweep         default sweep
          --unprovided native|stub  P/Invokes without provider; default stub
          --native-entry NAME       entry point that a native library of the image provides (repeat; `prefix*` allowed)
          --native-library NAME     P/Invoke library that is linked statically, or NAME!ENTRY for one entry point of it (repeat)
          --feature NAME=VALUE      feature switch (repeat)
          --substitution FILE       ILLink substitution XML (repeat)
          --descriptor FILE         ILLink descriptor XML (repeat)
          --root-assembly NAME      keep the whole assembly (repeat)
          --rdxml FILE              runtime directives: the assemblies that it names are kept whole (repeat)
          --user-assembly NAME      treat as the user's own code in reports (repeat; default: input and its non-framework references)
          --capability NAME         what the program states that it uses (repeat); without any it is not asked
          --source-root PATH=DIR    where the sources are that debug information has below PATH (a deterministic build's /_/; repeat)
          --analyzer-config FILE    an .editorconfig or .globalconfig whose severities hold (repeat)
          --surface FILE            operating system surface data (os-surface.json)
          --explain TEXT            surface: print what methods whose name contains TEXT need, and why
          --report DIR              write os-surface-reachable.tsv, reasons.tsv.gz and linker.sarif there
          --dgml FILE               write the whole dependency graph
          --runtime-roots ilc|none  keep what ILC asks for by name; default ilc
          --verbose                 print each phase with its time
          --warnaserror             warnings are errors
          --nowarn IDS              comma or semicolon separated ids (repeat)
        """;

    public string Command { get; private set; } = "link";
    public string? Member { get; private set; }
    public string? TypeName { get; private set; }
    public string Input { get; set; } = "";
    public List<string> References { get; } = [];
    public List<string> Providers { get; } = [];
    public List<string> LibraryOS { get; } = [];
    public string Output { get; set; } = "";
    public LinkMode Mode { get; set; } = LinkMode.Sweep;
    public UnprovidedAction Unprovided { get; set; } = UnprovidedAction.Stub;
    public List<string> NativeEntries { get; } = [];
    public HashSet<string> NativeLibraries { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, string> Features { get; } = new(StringComparer.Ordinal);
    public List<string> Substitutions { get; } = [];
    public List<string> Descriptors { get; } = [];
    public List<string> RootAssemblies { get; } = [];
    public List<string> RuntimeDirectives { get; } = [];
    public HashSet<string> UserAssemblies { get; } = new(StringComparer.OrdinalIgnoreCase);
    public HashSet<string> Capabilities { get; } = new(StringComparer.OrdinalIgnoreCase);
    public List<KeyValuePair<string, string>> SourceRoots { get; } = [];
    public List<string> AnalyzerConfigs { get; } = [];
    public string? Surface { get; set; }
    public string? Explain { get; set; }
    public string? ReportDirectory { get; set; }
    public string? Dgml { get; set; }

    /// <summary>For tests: sweep and write only these assemblies.</summary>
    internal HashSet<string>? OnlyAssemblies { get; set; }

    public bool RuntimeRoots { get; set; } = true;
    public bool Verbose { get; set; }
    public bool WarningsAsErrors { get; set; }
    public HashSet<string> NoWarn { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Parses arguments; <c>@file</c> is replaced by the lines of the file.</summary>
    /// <exception cref="UsageException">An argument is unknown, incomplete or malformed.</exception>
    public static LinkerOptions Parse(IEnumerable<string> arguments)
    {
        var options = new LinkerOptions();
        using IEnumerator<string> args = Expand(arguments, depth: 0).GetEnumerator();
        bool first = true;
        while (args.MoveNext())
        {
            string arg = args.Current;
            if (first && arg is ("why" or "map" or "surface" or "fingerprint"))
            {
                options.Command = arg;
                if (arg == "fingerprint")
                {
                    options.Input = Next(args, arg);
                    options.TypeName = Next(args, arg);
                }

                if (arg is "why" or "fingerprint")
                    options.Member = Next(args, arg);
            }
            else
            {
                options.Apply(arg, args);
            }

            first = false;
        }

        return options;
    }

    private void Apply(string arg, IEnumerator<string> args)
    {
        switch (arg)
        {
            case "--input": Input = Next(args, arg); break;
            case "-r" or "--reference": AddFiles(References, Next(args, arg)); break;
            case "--provider": AddFiles(Providers, Next(args, arg)); break;
            case "--library-os": AddFiles(LibraryOS, Next(args, arg)); break;
            case "-o" or "--output": Output = Next(args, arg); break;
            case "--mode": Mode = ParseEnum<LinkMode>(arg, Next(args, arg)); break;
            case "--unprovided": Unprovided = ParseEnum<UnprovidedAction>(arg, Next(args, arg)); break;
            case "--native-entry": NativeEntries.Add(Next(args, arg)); break;
            case "--native-library": NativeLibraries.Add(Next(args, arg)); break;
            case "--feature": (string feature, string value) = Assignment(arg, Next(args, arg)); Features[feature] = value; break;
            case "--substitution": Substitutions.Add(Next(args, arg)); break;
            case "--descriptor": Descriptors.Add(Next(args, arg)); break;
            case "--root-assembly": RootAssemblies.Add(Next(args, arg)); break;
            case "--rdxml": RuntimeDirectives.Add(Next(args, arg)); break;
            case "--user-assembly": UserAssemblies.Add(Next(args, arg)); break;
            case "--capability": Capabilities.Add(Next(args, arg)); break;
            case "--source-root": (string mapped, string folder) = Assignment(arg, Next(args, arg)); SourceRoots.Add(new(mapped, folder)); break;
            case "--analyzer-config": AnalyzerConfigs.Add(Next(args, arg)); break;
            case "--surface": Surface = Next(args, arg); break;
            case "--explain": Explain = Next(args, arg); break;
            case "--report": ReportDirectory = Next(args, arg); break;
            case "--dgml": Dgml = Next(args, arg); break;
            case "--runtime-roots": RuntimeRoots = Next(args, arg) == "ilc"; break;
            case "--verbose": Verbose = true; break;
            case "--warnaserror": WarningsAsErrors = true; break;
            case "--nowarn":
                NoWarn.UnionWith(Next(args, arg).Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries));
                break;
            default:
                throw new UsageException($"unknown argument '{arg}'");
        }
    }

    private static (string Name, string Value) Assignment(string option, string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (setting[..equals], setting[(equals + 1)..]) : throw new UsageException($"{option} needs NAME=VALUE, not '{setting}'");
    }

    private static void AddFiles(List<string> files, string path)
    {
        string name = Path.GetFileName(path);
        if (!name.Contains('*', StringComparison.Ordinal))
        {
            files.Add(path);
            return;
        }

        string directory = Path.GetDirectoryName(path) is { Length: > 0 } d ? d : ".";
        if (!Directory.Exists(directory))
            throw new LinkerException(LinkingRules.InputMissing, directory);
        files.AddRange(Directory.EnumerateFiles(directory, name).Order(StringComparer.Ordinal));
    }

    private static T ParseEnum<T>(string option, string value)
        where T : struct, Enum =>
        Enum.TryParse(value, ignoreCase: true, out T parsed) && Enum.IsDefined(parsed) && !char.IsDigit(value[0])
            ? parsed
            : throw new UsageException($"{option} cannot be '{value}'; use {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}");

    private static string Next(IEnumerator<string> args, string option) =>
        args.MoveNext() ? args.Current : throw new UsageException($"{option} needs a value");

    private static IEnumerable<string> Expand(IEnumerable<string> arguments, int depth)
    {
        if (depth > 8)
            throw new UsageException("response files refer to each other");

        foreach (string arg in arguments)
        {
            if (!arg.StartsWith('@'))
            {
                yield return arg;
                continue;
            }

            string file = arg[1..];
            if (!File.Exists(file))
                throw new UsageException($"response file '{file}' does not exist");
            // A line is one argument, or an option and its value: `--input a b.dll` keeps the blank in the path.
            foreach (string part in Expand(File.ReadLines(file).SelectMany(SplitLine), depth + 1))
                yield return part;
        }
    }

    private static IEnumerable<string> SplitLine(string line)
    {
        line = line.Trim();
        if (line.Length == 0 || line[0] == '#')
            yield break;

        int blank = line[0] == '-' ? line.IndexOf(' ', StringComparison.Ordinal) : -1;
        if (blank < 0)
        {
            yield return Unquote(line);
            yield break;
        }

        yield return line[..blank];
        yield return Unquote(line[(blank + 1)..].Trim());
    }

    private static string Unquote(string text) =>
        text.Length >= 2 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text;
}

/// <summary>The command line is wrong; the usage is printed.</summary>
public sealed class UsageException(string message) : Exception(message);
