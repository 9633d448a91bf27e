using Unikernel.Diagnostics;

namespace Unikernel.Size.Budgets;

/// <summary>A message about a place in a file; line and column are 0 when there is none.</summary>
public sealed record Finding(Rule Rule, string File, int Line, int Column, string Text)
{
    /// <summary>Said as a warning: nobody asked for what could not be done.</summary>
    public bool IsDemoted { get; init; }

    public bool IsError => Rule.Level == RuleLevel.Error && !IsDemoted;

    /// <summary>The form that MSBuild parses and editors make clickable. The first line is the message, the others explain it.</summary>
    public override string ToString()
    {
        string place = Line > 0 ? $"{File}({Line},{Column})" : File;
        string[] lines = Text.Split('\n');
        return $"{place}: {(IsError ? "error" : "warning")} {Rule.Id}: {lines[0]} [{Rule.HelpLink}]{string.Concat(lines.Skip(1).Select(l => "\n" + l))}";
    }
}
