using System.Collections.Immutable;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Where a source file has which warnings switched off. Which branch of an <c>#if</c> was compiled is not known: behind it a warning is off only if each
/// branch leaves it off, so that a doubt is a warning too many.
/// </summary>
internal sealed class WarningRegions
{
    /// <summary>Of a file that says nothing.</summary>
    public static readonly WarningRegions None = new();

    private readonly List<(int Line, Setting Setting)> _changes = [];
    private readonly Stack<Condition> _conditions = new();
    private Setting _now = new(false, []);

    // An #if: what held before it, what all branches that ended leave off, and whether one of them is compiled in any case.
    private readonly record struct Condition(Setting Before, Setting? Joined, bool HasElse)
    {
        public Condition After(Setting branch) => this with { Joined = Joined?.And(branch) ?? branch };
    }

    // All warnings are off or on; those of the set are the other way.
    private readonly record struct Setting(bool IsAllOff, ImmutableHashSet<string> Others)
    {
        public bool IsOff(string id) => IsAllOff != Others.Contains(id);

        public Setting With(string id, bool off) => this with { Others = off == IsAllOff ? Others.Remove(id) : Others.Add(id) };

        /// <summary>What is off in both.</summary>
        public Setting And(Setting other) => (IsAllOff, other.IsAllOff) switch
        {
            (true, true) => new Setting(true, Others.Union(other.Others)),
            (true, false) => new Setting(false, other.Others.Except(Others)),
            (false, true) => new Setting(false, Others.Except(other.Others)),
            (false, false) => new Setting(false, Others.Intersect(other.Others)),
        };
    }

    /// <summary>Whether a warning is off in a line, counted from 1.</summary>
    public bool IsDisabled(int line, string id)
    {
        int last = _changes.FindLastIndex(change => change.Line < line);
        return last >= 0 && _changes[last].Setting.IsOff(id);
    }

    /// <summary>Reads C#: <c>#pragma warning disable|restore [ids]</c>, which count from the next line on (C# standard, 6.5.9).</summary>
    public static WarningRegions OfCSharp(TextReader text)
    {
        var regions = new WarningRegions();
        var lexer = new CSharpLines();
        for (int number = 1; text.ReadLine() is { } line; number++)
        {
            if (!lexer.IsDirective(line))
                continue;
            string[] words = Words(line, "//");
            switch (words)
            {
                case ["pragma", "warning", "disable" or "restore", ..]:
                    regions.Change(number, words[2] == "disable", words[3..]);
                    break;
                case [var word, ..]:
                    regions.Branch(number, word);
                    break;
            }
        }

        return regions;
    }

    /// <summary>Reads Visual Basic: <c>#Disable Warning [ids]</c> and <c>#Enable Warning [ids]</c>.</summary>
    public static WarningRegions OfVisualBasic(TextReader text)
    {
        var regions = new WarningRegions();
        for (int number = 1; text.ReadLine() is { } line; number++)
        {
            if (!line.TrimStart().StartsWith('#'))
                continue;
            string[] words = Words(line, "'");
            switch (words is [var first, ..] ? first.ToLowerInvariant() : "")
            {
                case "disable" or "enable" when words is [var verb, var noun, ..] && noun.Equals("warning", StringComparison.OrdinalIgnoreCase):
                    regions.Change(number, verb.Equals("disable", StringComparison.OrdinalIgnoreCase), words[2..]);
                    break;
                case "end" when words is [_, var what, ..] && what.Equals("if", StringComparison.OrdinalIgnoreCase):
                    regions.Branch(number, "endif");
                    break;
                case "elseif":
                    regions.Branch(number, "elif");
                    break;
                case var word and ("if" or "else"):
                    regions.Branch(number, word);
                    break;
            }
        }

        return regions;
    }

    // Behind the #, up to a comment; a list has commas between.
    private static string[] Words(string line, string comment)
    {
        int end = line.IndexOf(comment, StringComparison.Ordinal);
        return (end < 0 ? line : line[..end]).TrimStart()[1..].Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
    }

    private void Change(int line, bool off, ReadOnlySpan<string> ids)
    {
        Setting next = _now;
        if (ids.IsEmpty)
            next = new Setting(off, []);
        foreach (string id in ids)
            next = next.With(id, off);
        Set(line, next);
    }

    private void Branch(int line, string directive)
    {
        switch (directive)
        {
            case "if":
                _conditions.Push(new Condition(_now, null, HasElse: false));
                break;
            case "elif" or "else" when _conditions.TryPop(out Condition condition):
                _conditions.Push(condition.After(_now) with { HasElse = directive == "else" });
                Set(line, condition.Before);
                break;
            case "endif" when _conditions.TryPop(out Condition condition):
                condition = condition.After(_now);
                Set(line, condition.HasElse ? condition.Joined!.Value : condition.Joined!.Value.And(condition.Before));
                break;
        }
    }

    private void Set(int line, Setting setting)
    {
        _now = setting;
        _changes.Add((line, setting));
    }
}
