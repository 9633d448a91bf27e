using System.Text;

namespace Unikernel.Run;

/// <summary>
/// Words on one line, in the grammar of the core's command line (runtime-shim/core/boot/command_line.h): blanks separate; <c>'</c> and <c>"</c>
/// quote blanks and each other; a backslash stands for itself except before <c>"</c> and <c>\</c> outside of single quotes.
/// </summary>
public static class CommandWords
{
    /// <summary>One word that reads back as <paramref name="value"/>, quoted only where it must be.</summary>
    public static string Quote(string value)
    {
        if (value.Length > 0 && value.AsSpan().IndexOfAny(" \t\r\n'\"\\") < 0)
            return value;
        if (!value.Contains('\''))
            return $"'{value}'";

        StringBuilder quoted = new("\"");
        foreach (char c in value)
        {
            if (c is '"' or '\\')
                quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>The words of <paramref name="text"/>.</summary>
    /// <exception cref="FormatException">A quote is not closed.</exception>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length && text[i + 1] is '"' or '\\')
            {
                word.Append(text[++i]);
                inWord = true;
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (quote == '\0' && c is ' ' or '\t' or '\r' or '\n')
            {
                if (inWord)
                    words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        if (quote != '\0')
            throw new FormatException($"a {quote} is not closed");
        if (inWord)
            words.Add(word.ToString());
        return words;
    }
}
