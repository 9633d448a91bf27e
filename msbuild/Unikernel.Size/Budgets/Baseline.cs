using System.Globalization;
using System.Text;
using Unikernel.Diagnostics;
using Unikernel.Size.Model;

namespace Unikernel.Size.Budgets;

/// <summary>
/// The sizes that a project has agreed on: a text file, one part on a line, sorted by name. Types of the project's own assemblies are exact; what comes
/// with .NET and the toolchain is by namespace or archive, and rounded up to 1 KiB. So a change touches the lines of what it changes, and blank lines keep
/// the changes of two people apart, which git merges then. Headers and alignment between sections are left out: every change would touch them.
/// </summary>
public sealed class Baseline
{
    private const long Step = 1024;
    private const string Title = "# Sizes that unikernel.budget.json measures growth against. Written by --update-baseline; see docs/size-report.md.";

    private static readonly string[] _platform = ["System", "Microsoft", "Unikernel", "mscorlib", "netstandard", "WindowsBase"];

    private readonly SortedDictionary<string, long> _parts = new(StringComparer.Ordinal);

    /// <summary>Bytes by the name of a part.</summary>
    public IReadOnlyDictionary<string, long> Parts => _parts;

    /// <summary>All parts together.</summary>
    public long Total => _parts.Values.Sum();

    /// <summary>What the baseline of an image is.</summary>
    public static Baseline Of(SizeReport report)
    {
        var baseline = new Baseline();
        foreach ((string name, SizeNode node) in Nodes(report.Tree))
            baseline._parts[name] = baseline._parts.GetValueOrDefault(name) + node.Bytes;
        foreach (string name in baseline._parts.Keys.ToList())
        {
            if (!IsExact(name))
                baseline._parts[name] = (baseline._parts[name] + Step - 1) / Step * Step;
        }

        return baseline;
    }

    /// <summary>The parts of a tree that are lines of a baseline.</summary>
    public static IEnumerable<(string Name, SizeNode Node)> Nodes(SizeNode tree)
    {
        foreach (SizeNode group in tree.Children)
        {
            if (group.Name == Groups.Image)
                continue;
            foreach (SizeNode part in group.Children)
            {
                int depth = group.Name switch
                {
                    Groups.Managed when part.Name.StartsWith('(') => 2,
                    Groups.Managed when !IsPlatform(part.Name) => 4,
                    Groups.Managed => 3,
                    Groups.Native => 2,
                    _ => int.MaxValue,
                };
                foreach (SizeNode node in part.Descendants())
                {
                    if (node.Depth == depth || depth == int.MaxValue && node.Own.Count > 0)
                        yield return (Views.Name(node), node);
                }
            }
        }
    }

    /// <summary>What the project does not write itself.</summary>
    public static bool IsPlatform(string assembly) =>
        Array.Exists(_platform, p => assembly == p || assembly.StartsWith(p, StringComparison.Ordinal) && assembly.Length > p.Length && assembly[p.Length] == '.');

    private static bool IsExact(string name)
    {
        int bang = name.IndexOf('!', StringComparison.Ordinal);
        return bang > 0 ? !IsPlatform(name[..bang]) : name.StartsWith(Groups.Files + "/", StringComparison.Ordinal);
    }

    /// <exception cref="FindingException">The file is no baseline.</exception>
    public static Baseline Parse(string path, string text)
    {
        var baseline = new Baseline();
        try
        {
            // A union merge keeps both lines of a part that two people changed: the larger is agreed on, until the next update.
            foreach ((string name, long bytes) in BaselineText.Parse(text))
                baseline._parts[name] = Math.Max(baseline._parts.GetValueOrDefault(name), bytes);
        }
        catch (BudgetFormatException e)
        {
            throw new FindingException(new Finding(SizeRules.BaselineUnreadable, path, e.Position.Line, e.Position.Column, SizeRules.BaselineUnreadable.Format(e.Message)));
        }

        return baseline;
    }

    public override string ToString()
    {
        var text = new StringBuilder(Title).Append('\n');
        foreach ((string name, long bytes) in _parts)
        {
            string size = bytes % Step == 0 && !IsExact(name) ? $"{(bytes / Step).ToString(CultureInfo.InvariantCulture)} KiB" : $"{bytes.ToString(CultureInfo.InvariantCulture)} B";
            text.Append('\n').Append(name).Append(" = ").Append(size).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>A finding that ends the work on a file.</summary>
public sealed class FindingException(Finding finding) : Exception(finding.Text)
{
    public Finding Finding { get; } = finding;
}
