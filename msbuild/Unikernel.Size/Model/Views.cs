namespace Unikernel.Size.Model;

/// <summary>A line of a table.</summary>
public readonly record struct Row(string Name, long Bytes);

/// <summary>A part that has changed between two images.</summary>
public readonly record struct Change(string Name, long Before, long Now)
{
    public long Delta => Now - Before;
}

/// <summary>Into which parts an image is cut.</summary>
public enum View
{
    /// <summary>managed, native, files, image.</summary>
    Group,
    Assembly,
    Namespace,
    Type,

    /// <summary>Methods and fields of types, symbols of native code.</summary>
    Member,

    /// <summary>Archives and object files.</summary>
    Native,

    /// <summary>Members of archives.</summary>
    Object,
    Section,
    Category,

    /// <summary>What memory is needed for at boot: not bytes of the file.</summary>
    Memory,
}

/// <summary>The tree as tables. Every view but Assembly, Namespace, Type, Native and Object sums up to the file; those show one group of it.</summary>
public static class Views
{
    public static IReadOnlyList<Row> ByCategory(SizeReport report) => Sorted(report.Tree.Sum(c => c.Category.Name()));

    public static IReadOnlyList<Row> BySection(SizeReport report) => Sorted(report.Tree.Sum(c => c.Section));

    public static IReadOnlyList<Row> ByMemory(SizeReport report) => Sorted(report.Memory.Select(m => KeyValuePair.Create(m.Name, m.Bytes)));

    /// <summary>What the parts of a view add up to, at most.</summary>
    public static long Whole(SizeReport report, View view) => view == View.Memory ? report.Memory.Sum(m => m.Bytes) : report.Bytes;

    public static IReadOnlyList<Row> By(SizeReport report, View view) => view switch
    {
        View.Section => BySection(report),
        View.Category => ByCategory(report),
        View.Memory => ByMemory(report),
        _ => Sorted(Parts(report.Tree, view)),
    };

    /// <summary>Bytes by the name of a part.</summary>
    public static Dictionary<string, long> Parts(SizeNode tree, View view)
    {
        var parts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (SizeNode node in Nodes(tree, view))
        {
            string name = Name(node);
            parts[name] = parts.GetValueOrDefault(name) + node.Bytes;
        }

        return parts;
    }

    /// <summary>The parts of a view.</summary>
    public static IEnumerable<SizeNode> Nodes(SizeNode tree, View view) => view switch
    {
        View.Group => tree.Children,
        View.Assembly => Level(tree, Groups.Managed, 2),
        View.Namespace => Level(tree, Groups.Managed, 3),
        View.Type => Level(tree, Groups.Managed, 4),
        View.Native => Level(tree, Groups.Native, 2),
        View.Object => Level(tree, Groups.Native, 3),
        View.Member => tree.Descendants().Where(n => n.Own.Count > 0),
        _ => throw new ArgumentOutOfRangeException(nameof(view), view, "has no nodes"),
    };

    private static IEnumerable<SizeNode> Level(SizeNode tree, string group, int depth) =>
        tree.Child(group)?.Descendants().Where(n => n.Depth == depth && !IsShared(n.Parent!) || n.Depth == 2 && IsShared(n)) ?? [];

    /// <summary>What no assembly has for itself, as "(string literals)": it has members and no namespaces.</summary>
    public static bool IsShared(SizeNode node) => node.Depth >= 2 && node.Path() is [Groups.Managed, ['(', ..], ..];

    /// <summary>How reports call a part: `Assembly!Namespace.Type.Member` in C#, `archive.a(member.o) symbol` in native code.</summary>
    public static string Name(SizeNode node)
    {
        string[] path = node.Path();
        if (path.Length < 2)
            return path.Length == 0 ? "" : path[0];
        if (path[0] == Groups.Managed)
        {
            if (path[1].StartsWith('('))
                return path.Length > 2 ? path[1] + " " + path[^1] : path[1];
            string rest = string.Join('.', path[2..].Where(p => p.Length > 0));
            return path.Length == 2 ? path[1] : path[1] + "!" + (rest.Length > 0 ? rest : "(global namespace)");
        }

        if (path[0] == Groups.Native && path.Length > 2)
            return $"{path[1]}({path[2]}){(path.Length > 3 ? " " + string.Join(' ', path[3..]) : "")}";
        return path[0] == Groups.Native ? path[1] : string.Join('/', path[(path[0] == Groups.Image ? 1 : 0)..]);
    }

    public static IEnumerable<Change> Diff(SizeReport old, SizeReport now, View view)
    {
        Dictionary<string, long> before = By(old, view).ToDictionary(r => r.Name, r => r.Bytes, StringComparer.Ordinal);
        Dictionary<string, long> after = By(now, view).ToDictionary(r => r.Name, r => r.Bytes, StringComparer.Ordinal);
        foreach (string name in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            var change = new Change(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (change.Delta != 0)
                yield return change;
        }
    }

    private static List<Row> Sorted(IEnumerable<KeyValuePair<string, long>> parts) =>
        [.. parts.Select(p => new Row(p.Key, p.Value)).OrderByDescending(r => r.Bytes).ThenBy(r => r.Name, StringComparer.Ordinal)];
}
