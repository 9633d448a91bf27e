namespace Unikernel.Linker.Reporting;

/// <summary>Tells lines of a C# file that are directives from those that only look like one, because a comment or a string goes on in them.</summary>
internal sealed class CSharpLines
{
    private enum Mode
    {
        Code,
        BlockComment,
        Verbatim,
        Raw,
    }

    private Mode _mode;
    private int _quotes; // of the raw string

    /// <summary>Whether the next line is a directive.</summary>
    public bool IsDirective(string line)
    {
        if (_mode == Mode.Code && line.AsSpan().TrimStart().StartsWith("#"))
            return true;
        for (int at = 0; at < line.Length;)
            at = _mode == Mode.Code ? SkipCode(line, at) : SkipToEnd(line, at);
        return false;
    }

    private int SkipToEnd(string line, int at)
    {
        string end = _mode switch { Mode.BlockComment => "*/", Mode.Raw => new string('"', _quotes), _ => "\"" };
        int found = line.IndexOf(end, at, StringComparison.Ordinal);
        if (found < 0)
            return line.Length;
        if (_mode == Mode.Verbatim && found + 1 < line.Length && line[found + 1] == '"')
            return found + 2; // a quote in the string
        _mode = Mode.Code;
        return found + end.Length;
    }

    private int SkipCode(string line, int at)
    {
        switch (line[at])
        {
            case '/' when Next(line, at) == '/':
                return line.Length;
            case '/' when Next(line, at) == '*':
                _mode = Mode.BlockComment;
                return at + 2;
            case '\'':
                return SkipQuoted(line, at, '\'');
            case '"':
                int quotes = 1;
                while (at + quotes < line.Length && line[at + quotes] == '"')
                    quotes++;
                if (quotes >= 3)
                {
                    (_mode, _quotes) = (Mode.Raw, quotes);
                    return at + quotes;
                }

                // Before it: @, $@ or @$.
                if (at > 0 && (line[at - 1] == '@' || (line[at - 1] == '$' && at > 1 && line[at - 2] == '@')))
                {
                    _mode = Mode.Verbatim;
                    return at + 1;
                }

                return SkipQuoted(line, at, '"');
            default:
                return at + 1;
        }
    }

    private static char Next(string line, int at) => at + 1 < line.Length ? line[at + 1] : '\0';

    private static int SkipQuoted(string line, int at, char quote)
    {
        for (at++; at < line.Length && line[at] != quote; at++)
        {
            if (line[at] == '\\')
                at++;
        }

        return at + 1;
    }
}
