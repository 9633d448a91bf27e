using System.Globalization;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Reporting;

/// <summary>Where in C# a message belongs. Lines and columns count from 1; 0 means unknown.</summary>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <summary>The source file as the debug information knows it.</summary>
    internal Document? Document { get; init; }

    /// <summary>The nearest source line at or before an instruction, from the debug information of the method.</summary>
    public static SourceLocation? Of(MethodDefinition? method, Instruction? instruction)
    {
        if (method is null || !method.Module.HasSymbols || !method.HasBody)
            return null;

        SequencePoint? best = null;
        foreach (SequencePoint point in method.DebugInformation.SequencePoints)
        {
            if (point.IsHidden)
                continue;
            if (best is not null && instruction is not null && point.Offset > instruction.Offset)
                break;
            best = point;
            if (instruction is null)
                break;
        }

        return best is null ? null : new SourceLocation(best.Document.Url, best.StartLine, best.StartColumn) { Document = best.Document };
    }
}

/// <summary>How loud a message is, as MSBuild spells it.</summary>
public enum Severity
{
    Info,
    Warning,
    Error,
}

/// <summary>A message as it was reported.</summary>
public sealed record Message(Rule Rule, Severity Severity, string Text, SourceLocation? Location)
{
    /// <summary>
    /// The canonical form that MSBuild parses and IDEs make clickable: <c>origin(line,column): category code: text</c>.
    /// </summary>
    public override string ToString()
    {
        string origin = Location is { } at ? $"{at.File}({at.Line},{at.Column})" : "Unikernel.Linker";
        string category = Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "message" };
        return $"{origin}: {category} {Rule.Id}: {Text} [{Rule.HelpLink}]";
    }

    /// <summary>The message in a SARIF file.</summary>
    public SarifResult ToSarif() =>
        new(Rule, Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" }, Text, Location?.File, Location?.Line ?? 0, Location?.Column ?? 0);
}

/// <summary>Collects messages; decides which are shown and whether the run failed.</summary>
public sealed class MessageLog(IReadOnlySet<string> suppressed, bool warningsAsErrors)
{
    private readonly List<Message> _messages = [];
    private readonly HashSet<(string, string, SourceLocation?)> _seen = [];
    private readonly SourcePragmas _pragmas = new();

    public bool HasErrors { get; private set; }

    /// <summary>Where the sources are whose paths the compiler mapped: beginning of the path → folder.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SourceRoots { get; init; } = [];

    /// <summary>What the project says of single rules, by source file.</summary>
    public ConfiguredSeverities Configured { get; init; } = new([]);

    /// <summary>A log as the command line wants it.</summary>
    public static MessageLog For(LinkerOptions options) => new(options.NoWarn, options.WarningsAsErrors)
    {
        SourceRoots = options.SourceRoots,
        Configured = new ConfiguredSeverities(options.AnalyzerConfigs),
    };

    /// <summary>Reports a message; the same message at the same place is reported once.</summary>
    public void Report(Rule rule, SourceLocation? location, params object[] arguments)
    {
        Severity severity = rule.Level switch { RuleLevel.Error => Severity.Error, RuleLevel.Warning => Severity.Warning, _ => Severity.Info };
        if (severity != Severity.Error && suppressed.Contains(rule.Id))
            return;
        location = location is { } given ? given with { File = Unmap(given.File) } : null;
        if (severity != Severity.Error && location is { } at && _pragmas.IsDisabled(at, rule.Id))
            return;
        ConfiguredSeverity configured = severity == Severity.Error ? ConfiguredSeverity.Unset : Configured.Of(rule, location?.File);
        if (configured == ConfiguredSeverity.Off)
            return;
        severity = configured switch
        {
            ConfiguredSeverity.Info => Severity.Info,
            ConfiguredSeverity.Warning => Severity.Warning,
            ConfiguredSeverity.Error => Severity.Error,
            _ => severity,
        };
        if (severity == Severity.Warning && warningsAsErrors)
            severity = Severity.Error;
        // An argument more than the text has places for is an explanation that only the linker can give.
        string text = rule.Format(arguments) + (HasExtra(rule, arguments.Length) ? arguments[^1] : "");
        if (!_seen.Add((rule.Id, text, location)))
            return;

        _messages.Add(new Message(rule, severity, text, location));
        HasErrors |= severity == Severity.Error;
    }

    private string Unmap(string file)
    {
        foreach ((string mapped, string folder) in SourceRoots)
        {
            if (file.StartsWith(mapped, StringComparison.Ordinal))
                return Path.Combine(folder, file[mapped.Length..]);
        }

        return file;
    }

    private static bool HasExtra(Rule rule, int count) => count > 0 && !rule.Message.Contains("{" + (count - 1).ToString(CultureInfo.InvariantCulture) + "}", StringComparison.Ordinal);

    /// <summary>The messages in an order that does not depend on how the graph was walked.</summary>
    public IEnumerable<Message> Sorted() => _messages
        .OrderBy(m => m.Location?.File, StringComparer.Ordinal)
        .ThenBy(m => m.Location?.Line)
        .ThenBy(m => m.Location?.Column)
        .ThenBy(m => m.Rule.Id, StringComparer.Ordinal)
        .ThenBy(m => m.Text, StringComparer.Ordinal);
}

/// <summary>An error that ends the run: the input or the request cannot be worked with.</summary>
public sealed class LinkerException(Rule rule, params object[] arguments) : Exception(rule.Format(arguments))
{
    public Rule Rule { get; } = rule;

    public object[] Arguments { get; } = arguments;
}
