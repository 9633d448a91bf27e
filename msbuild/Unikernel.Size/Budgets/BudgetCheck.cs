using System.Text;
using Unikernel.Diagnostics;
using Unikernel.Size.Model;
using Unikernel.Size.Output;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Budgets;

/// <summary>Compares an image with its budgets and its baseline.</summary>
public sealed class BudgetCheck(SizeReport report, Baseline? baseline, ReasonIndex reasons)
{
    private const int Growers = 5;

    /// <summary>Archives of the runtime pack and the core: whatever the program does, they are there.</summary>
    private static readonly string[] _floor = ["core.a", "libRuntime.*", "libaotminipal.a", "libeventpipe-*", "libstandalonegc-*", "libstdc++compat.a", "libbootstrapper*"];

    private readonly Baseline _now = Baseline.Of(report);

    /// <summary>What is wrong, in the order of the budgets.</summary>
    public IEnumerable<Finding> Check(IEnumerable<Budget> budgets, string configuration)
    {
        foreach (Budget budget in budgets)
        {
            if (budget.Configuration.Length > 0 && !budget.Configuration.Split(';', ',').Any(c => c.Trim().Equals(configuration, StringComparison.OrdinalIgnoreCase)))
                continue;
            foreach (Finding finding in Check(budget))
                yield return finding;
        }
    }

    private IEnumerable<Finding> Check(Budget budget)
    {
        long? bytes = Selection.Bytes(report, budget);
        if (bytes is null)
        {
            // What must not be there is not there.
            if (!budget.Forbids)
                yield return Report(SizeRules.BudgetNameUnknown, budget, Quoted(budget), Suggestion(budget));
            yield break;
        }

        long floor = Floor(budget);
        if (budget.Limit is { } limit && limit.Bytes(0) < floor)
        {
            yield return Report(SizeRules.BudgetUnderFloor, budget, ByteText.Exact(limit.Bytes(0)), budget.Title, ByteText.Exact(floor));
            yield break;
        }

        long? maximum = budget.Limit?.Bytes(0), threshold = budget.Warning?.Bytes(maximum ?? 0);
        if (bytes > maximum)
            yield return Report(SizeRules.BudgetExceeded, budget, Capital(budget.Title), ByteText.Exact(bytes.Value), ByteText.Exact(bytes.Value - maximum.Value), ByteText.Exact(maximum.Value), Explanation(budget));
        else if (bytes > threshold)
            yield return Report(SizeRules.BudgetNearlyUsed, budget, Capital(budget.Title), ByteText.Exact(bytes.Value), ByteText.Exact(bytes.Value - threshold.Value), ByteText.Exact(threshold.Value), Explanation(budget));

        if (budget.Growth is { } growth)
        {
            if (baseline is null)
            {
                yield return Report(SizeRules.BaselineUnreadable, budget, "\"growth\" needs a baseline, and there is none. Write it by `dotnet publish -r unikernel-x64 -p:UnikernelUpdateBaseline=true`, and commit it.");
                yield break;
            }

            long before = Covered(baseline, budget), now = Covered(_now, budget), allowed = growth.Bytes(before);
            if (now - before > allowed)
            {
                yield return Report(SizeRules.GrewSinceBaseline, budget, Capital(budget.Title), ByteText.Exact(now - before), ByteText.Exact(before), ByteText.Exact(now) + Unpacked, ByteText.Exact(allowed),
                    Explanation(budget) + "\nIf it is worth that: `dotnet publish -r unikernel-x64 -p:UnikernelUpdateBaseline=true`, and commit the baseline.");
            }
        }
    }

    // What a part takes packed depends on its neighbours, so growth is counted before: the figure is not the length of the file.
    private string Unpacked => report.UnpackedBytes > report.Bytes ? " before the image is packed" : "";

    private static long Covered(Baseline parts, Budget budget) => parts.Parts.Where(p => Selection.Covers(budget, p.Key)).Sum(p => p.Value);

    private long Floor(Budget budget)
    {
        if (budget.Target != BudgetTarget.Image)
            return 0;
        long native = report.Tree.Child(Groups.Native)?.Children.Where(n => Array.Exists(_floor, f => Selection.Matches(f, n.Name))).Sum(n => n.Bytes) ?? 0;
        long floor = native + report.Tree.Sum(c => c.Category).GetValueOrDefault(Category.Headers);
        // Of a packed image the floor is packed, too.
        return (long)((decimal)floor * report.Bytes / report.UnpackedBytes);
    }

    /// <summary>
    /// The five parts that grew most since the baseline, or without one the five largest: in the first line by name, with the first reason that lies in the
    /// project's own code, because a build's log shows that line as the error; then each on lines of its own with what needs it.
    /// </summary>
    private string Explanation(Budget budget)
    {
        var line = new StringBuilder();
        var text = new StringBuilder();
        if (budget.Message.Length > 0)
            line.Append(' ').Append(budget.Message);
        Dictionary<string, List<SizeNode>> nodes = Baseline.Nodes(report.Tree).GroupBy(n => n.Name, n => n.Node).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        List<(string Name, long Bytes, bool IsNew)> parts = [.. _now.Parts.Where(p => Selects(budget, p.Key))
            .Select(p => (p.Key, p.Value - (baseline?.Parts.GetValueOrDefault(p.Key) ?? 0), baseline?.Parts.ContainsKey(p.Key) == false))
            .Where(p => p.Item2 > 0).OrderByDescending(p => p.Item2).ThenBy(p => p.Key, StringComparer.Ordinal).Take(Growers)];
        if (parts.Count == 0)
            return line.ToString();
        text.Append(baseline is null ? "\nThe largest parts (there is no baseline to tell what grew):" : "\nGrew most since the baseline:");
        var summary = new List<string>();
        string cause = "";
        foreach ((string name, long bytes, bool isNew) in parts)
        {
            string size = baseline is null ? ByteText.Exact(bytes) : ByteText.Signed(bytes);
            summary.Add($"{name} {size}");
            text.Append("\n  ").Append(size).Append("  ").Append(name).Append(isNew ? " (new)" : "");
            if (reasons.WhyLargest(nodes.GetValueOrDefault(name) ?? []) is not { } why)
                continue;
            text.Append($"\n      of it: {why.Member} {ByteText.Exact(why.Bytes)}\n      why: {why.Chain}");
            if (cause.Length == 0 && why.IsOwn)
                cause = $"; {name} is needed by {why.Chain}";
        }

        return line.Append(baseline is null ? " Largest: " : " Grew most: ").AppendJoin(", ", summary).Append(cause).Append('.').Append(text).ToString();
    }

    private bool Selects(Budget budget, string part) => budget.Target is BudgetTarget.Section or BudgetTarget.Memory || Selection.Covers(budget, part);

    private string Suggestion(Budget budget)
    {
        if (budget.Target == BudgetTarget.Memory && !report.Memory.Exists(m => m.Measured))
            return " without a boot: set the property UnikernelSizeBoot to true, or give the option --boot";
        string? near = Selection.Names(report, budget.Target).Select(n => (Name: n, Distance: Distance(n.ToUpperInvariant(), budget.Name.ToUpperInvariant())))
            .Where(n => n.Distance <= Math.Max(2, budget.Name.Length / 4)).OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal).Select(n => n.Name).FirstOrDefault();
        return near is null ? "" : $" (there is '{near}')";
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }

    private static string Quoted(Budget budget) => budget.Target.ToString().ToLowerInvariant() + " '" + budget.Name + "'";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static Finding Report(Rule rule, Budget budget, params object[] arguments) =>
        new(rule, budget.File, budget.Position.Line, budget.Position.Column, rule.Format(arguments));
}
