using System.Text.RegularExpressions;

namespace Unikernel.Guest;

/// <summary>Regular expressions, interpreted, non-backtracking, and made by the source generator.</summary>
internal static partial class RegexCases
{
    private static readonly (string Pattern, string Input)[] s_cases =
    [
        (@"\d+", "a1b22c333"),
        (@"(\w+)\s\1", "this is is a a test"),
        (@"^(?<y>\d{4})-(?<m>\d\d)$", "2024-05"),
        (@"(?<=\$)\d+(?:\.\d\d)?", "cost $12.50 and $7"),
        (@"(?i)HELLO", "hello Hello hELLO"),
        (@"a.*?b", "aXbYb"),
        (@"a.*b", "aXbYb"),
        (@"(?m)^\w", "one\ntwo\nthree"),
        (@"[^\p{L}]+", "abc, ďěš! 123"),
        (@"\b\w{5}\b", "three words match here maybe"),
        (@"(a|ab)(c|bcd)(d*)", "abcd"),
        (@"(?:(\d)(?!\d))+", "12 345 6"),
        (@"\u00e9|\x41", "Aéa"),
        (@"(?x) a  b # comment", "ab a b"),
        (@"^\s*$", "   "),
        (@"(?>a+)b", "aaab"),
        (@"(?<open>\()[^()]*(?<-open>\))", "f(x) + g(y)"),
        (@"x*", "aaa"),
        (@"[a-z-[aeiou]]+", "consonants only"),
        (@"(?(?=\d)\d{2}|\w{3})", "12abc34"),
    ];

    public static void Run()
    {
        foreach ((string pattern, string input) in s_cases)
        {
            Suite.Case($"interpreted {pattern}", () => Show(new Regex(pattern), input));
        }

        foreach ((string pattern, string input) in s_cases.Where(c => !Backtracks(c.Pattern)))
        {
            Suite.Case($"non-backtracking {pattern}", () => Show(new Regex(pattern, RegexOptions.NonBacktracking), input));
        }

        Suite.Case("generated digits", () => Show(Digits(), "a1b22c333"));
        Suite.Case("generated date", () => Show(Date(), "from 2024-02-29 to 1999-12-31"));
        Suite.Case("generated mail", () => Show(Mail(), "write to a.b@example.org or <c@d.cz>, not @x"));
        Suite.Case("generated words", () => Show(Words(), "The Quick brown fox"));
        Suite.Case("replace", () => Regex.Replace("2024-05-06", @"(\d+)-(\d+)-(\d+)", "$3.$2.$1"));
        Suite.Case("replace by evaluator", () => Regex.Replace("a1b2", @"\d", m => (int.Parse(m.Value) * 2).ToString()));
        Suite.Case("split", () => Regex.Split("one, two;three", @"[,;]\s*"));
        Suite.Case("escape", () => Regex.Escape("a.b*c"));
        Suite.Case("count", () => Regex.Count("aXbXc", "X"));
        Suite.Case("enumerate matches", () =>
        {
            int sum = 0;
            foreach (ValueMatch match in Digits().EnumerateMatches("1 22 333"))
            {
                sum += match.Index * 10 + match.Length;
            }

            return sum;
        });
        Suite.Case("right to left", () => new Regex(@"\d+", RegexOptions.RightToLeft).Match("1 22 333").Value);
        Suite.Throws("bad pattern", () => _ = new Regex("a("));
        Suite.Throws("bad quantifier", () => _ = new Regex("*a"));
        Suite.Case("timeout", () =>
        {
            try
            {
                return new Regex(@"^(a+)+$", RegexOptions.None, TimeSpan.FromMilliseconds(50)).IsMatch(new string('a', 40) + "!").ToString();
            }
            catch (RegexMatchTimeoutException e)
            {
                return e.GetType().Name;
            }
        });
        Suite.Case("compiled option is accepted", () => new Regex(@"\d", RegexOptions.Compiled).IsMatch("1"));
        Suite.Case("long input", () => Words().Count(string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"W{i}ord"))));
    }

    private static bool Backtracks(string pattern) =>
        pattern.Contains(@"\1") || pattern.Contains("(?<=") || pattern.Contains("(?!") || pattern.Contains("(?>") || pattern.Contains("(?(") || pattern.Contains("-open");

    private static string Show(Regex regex, string input) =>
        string.Join(" ", regex.Matches(input).Select(m => $"{m.Index}:[{string.Join('|', m.Groups.Cast<Group>().Select(g => g.Value))}]"));

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"(?<year>\d{4})-(?<month>0[1-9]|1[0-2])-(?<day>[0-3]\d)")]
    private static partial Regex Date();

    [GeneratedRegex(@"[\w.]+@[\w-]+(\.[\w-]+)+", RegexOptions.IgnoreCase)]
    private static partial Regex Mail();

    [GeneratedRegex(@"\b[A-Z]\w*\b")]
    private static partial Regex Words();
}
