using System;
using System.Collections.Generic;

namespace Unikernel.Size.Budgets;

/// <summary>
/// The text of a baseline: lines `NAME = SIZE`, blank lines, and comments behind `#` at the begin of a line. The analyzers compile this file too.
/// </summary>
public static class BaselineText
{
    private static readonly string[] _mergeMarks = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];

    /// <summary>The parts in the order of the file.</summary>
    /// <exception cref="BudgetFormatException">A line is no part.</exception>
    public static IEnumerable<KeyValuePair<string, long>> Parse(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim('\uFEFF', ' ', '\t', '\r');
            if (line.Length > 0 && line[0] != '#')
                yield return ParseLine(line, new TextPosition(i + 1, 1));
        }
    }

    private static KeyValuePair<string, long> ParseLine(string line, TextPosition position)
    {
        if (Array.Exists(_mergeMarks, mark => line.StartsWith(mark, StringComparison.Ordinal)))
            throw new BudgetFormatException(position, "two changes met here and were not merged: keep both sides and run the update, or add `*.baseline.txt merge=union` to .gitattributes");
        int equals = line.LastIndexOf(" = ", StringComparison.Ordinal);
        if (equals <= 0)
            throw new BudgetFormatException(position, "'" + line + "' is not 'NAME = SIZE'");
        if (ByteSize.TryParse(line.Substring(equals + 3), shareAllowed: false, out ByteSize size) is { } problem)
            throw new BudgetFormatException(position, problem);
        return new KeyValuePair<string, long>(line.Substring(0, equals), size.Bytes(0));
    }
}
