using Unikernel.Size.Model;

namespace Unikernel.Size.Budgets;

/// <summary>The parts of an image that a budget is about.</summary>
public static class Selection
{
    /// <summary>Bytes of the part; null when the image has nothing of the name.</summary>
    public static long? Bytes(SizeReport report, Budget budget) => budget.Target switch
    {
        BudgetTarget.Image => report.Bytes,
        BudgetTarget.Memory => Memory(report, budget.Name),
        BudgetTarget.Section => Sum(report.Sections.Where(s => Matches(budget.Name, s.Name)).Select(s => s.FileBytes)),
        _ => Sum(Nodes(report.Tree, budget).Select(n => n.Bytes)),
    };

    /// <summary>Names that the image has for the target, for a suggestion.</summary>
    public static IEnumerable<string> Names(SizeReport report, BudgetTarget target) => target switch
    {
        BudgetTarget.Section => report.Sections.Select(s => s.Name),
        BudgetTarget.Memory => report.Memory.Select(m => m.Name),
        BudgetTarget.Assembly => Views.Nodes(report.Tree, View.Assembly).Select(n => n.Name),
        BudgetTarget.Namespace => Views.Nodes(report.Tree, View.Namespace).Select(n => n.Name).Distinct(),
        BudgetTarget.Native => Views.Nodes(report.Tree, View.Native).Concat(Views.Nodes(report.Tree, View.Object)).Select(Views.Name),
        _ => [],
    };

    /// <summary>The nodes of the tree below which the budget's bytes are; none for targets that are no nodes.</summary>
    public static IEnumerable<SizeNode> Nodes(SizeNode tree, Budget budget) => budget.Target switch
    {
        BudgetTarget.Image => [tree],
        BudgetTarget.Assembly => Views.Nodes(tree, View.Assembly).Where(n => Matches(budget.Name, n.Name)),
        // A namespace is with those in it: System.Text is also System.Text.Json.
        BudgetTarget.Namespace => Views.Nodes(tree, View.Namespace).Where(n => !n.Parent!.Name.StartsWith('(') && (Matches(budget.Name, n.Name) || Matches(budget.Name + ".*", n.Name))),
        BudgetTarget.Native => Views.Nodes(tree, View.Native).Where(n => Matches(budget.Name, n.Name))
            .Concat(Views.Nodes(tree, View.Object).Where(n => Matches(budget.Name, Views.Name(n)))).DistinctBy(n => n.Path().Length > 2 && Matches(budget.Name, n.Parent!.Name) ? n.Parent : n),
        _ => [],
    };

    /// <summary>The lines of a baseline that the budget is about.</summary>
    public static bool Covers(Budget budget, string part)
    {
        int bang = part.IndexOf('!', StringComparison.Ordinal);
        return budget.Target switch
        {
            BudgetTarget.Image => true,
            BudgetTarget.Assembly => Matches(budget.Name, bang > 0 ? part.AsSpan(0, bang) : part),
            BudgetTarget.Namespace => bang > 0 && (Matches(budget.Name, part.AsSpan(bang + 1)) || Matches(budget.Name + ".*", part.AsSpan(bang + 1))),
            BudgetTarget.Native => Matches(budget.Name, part),
            _ => false,
        };
    }

    /// <summary>Whether a name is one that a pattern means; `*` stands for any characters.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int star = pattern.IndexOf('*');
        if (star < 0)
            return pattern.SequenceEqual(name);
        if (!name.StartsWith(pattern[..star]))
            return false;
        ReadOnlySpan<char> rest = pattern[(star + 1)..];
        for (int at = star; at <= name.Length; at++)
        {
            if (Matches(rest, name[at..]))
                return true;
        }

        return false;
    }

    private static long? Sum(IEnumerable<long> parts)
    {
        long? sum = null;
        foreach (long bytes in parts)
            sum = (sum ?? 0) + bytes;
        return sum;
    }

    private static long? Memory(SizeReport report, string name) => Sum(report.Memory.Where(m => name.Length == 0 || Matches(name, m.Name)).Select(m => m.Bytes));
}
