using System.Text;

namespace Unikernel.Run;

/// <summary>
/// Words with the quoting that the guest's command line understands (POSIX shell words without expansions): <c>'...'</c> is literal,
/// in <c>"..."</c> a backslash escapes a quote or a backslash, elsewhere it escapes the next character.
/// </summary>
public static class ShellWords
{
    /// <summary>One word that reads back as <paramref name="value"/>, quoted only where it must be.</summary>
    public static string Quote(string value)
    {
        if (value.Length > 0 && !value.AsSpan().ContainsAny(" \t\r\n'\"\\"))
            return value;

        return $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>The words of <paramref name="text"/>.</summary>
    /// <exception cref="FormatException">A quote is not closed, or the text ends in a backslash.</exception>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else if (c == '\\' && quote == '"' && i + 1 < text.Length && text[i + 1] is '"' or '\\')
                    word.Append(text[++i]);
                else
                    word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (c == '\\')
            {
                if (++i == text.Length)
                    throw new FormatException("it ends in a backslash");
                word.Append(text[i]);
                inWord = true;
            }
            else if (c is ' ' or '\t' or '\r' or '\n')
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
