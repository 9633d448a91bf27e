using System.Text;

namespace Unikernel.Guest.Tests;

/// <summary>A line difference that a person can read: what only one side has, in place, with a line of context.</summary>
internal static class TextDifference
{
    private const int MostLines = 60;

    public static string Between(string expected, string actual)
    {
        if (expected == actual)
        {
            return "(the output is the same)";
        }

        string[] a = expected.Split('\n'), b = actual.Split('\n');
        int[,] common = CommonLengths(a, b);
        StringBuilder text = new("--- Linux, +++ guest\n");
        int lines = 0, i = 0, j = 0;
        while ((i < a.Length || j < b.Length) && lines < MostLines)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                i++;
                j++;
                continue;
            }

            if (i > 0 && (lines == 0 || a[i - 1] == (j > 0 ? b[j - 1] : null)))
            {
                Add(' ', a[i - 1]);
            }

            while ((i < a.Length || j < b.Length) && !(i < a.Length && j < b.Length && a[i] == b[j]) && lines < MostLines)
            {
                if (j >= b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1]))
                {
                    Add('-', a[i++]);
                }
                else
                {
                    Add('+', b[j++]);
                }
            }
        }

        if (lines >= MostLines)
        {
            text.Append("(more differences are not shown)\n");
        }

        return text.ToString();

        void Add(char mark, string line)
        {
            lines++;
            text.Append(mark).Append(' ').Append(line.Length > 400 ? line[..400] + "..." : line.TrimEnd('\r')).Append('\n');
        }
    }

    /// <summary>Lengths of the longest common subsequences of the tails: small enough here, outputs have at most some thousand lines.</summary>
    private static int[,] CommonLengths(string[] a, string[] b)
    {
        int[,] lengths = new int[a.Length + 1, b.Length + 1];
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
            {
                lengths[i, j] = a[i] == b[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
            }
        }

        return lengths;
    }
}
