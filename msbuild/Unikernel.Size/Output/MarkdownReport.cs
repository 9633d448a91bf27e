using System.Text;
using Unikernel.Size.Budgets;
using Unikernel.Size.Model;

namespace Unikernel.Size.Output;

/// <summary>The report as Markdown, for the summary of a build server's run (GitHub's $GITHUB_STEP_SUMMARY) or a comment.</summary>
public static class MarkdownReport
{
    private const int Top = 10;

    public static string Write(SizeReport report, IReadOnlyCollection<Finding> findings, Baseline? baseline)
    {
        var text = new StringBuilder();
        text.Append("### Size of ").Append(report.Name).Append(": ").Append(ByteText.Exact(report.Bytes));
        text.Append(findings.Any(f => f.IsError) ? " — over budget\n\n" : "\n\n");
        foreach (Finding finding in findings)
        {
            string[] lines = finding.Text.Split('\n');
            text.Append(finding.IsError ? "**Error** " : "**Warning** ").Append('[').Append(finding.Rule.Id).Append("](").Append(finding.Rule.HelpLink).Append("): ").Append(Escape(lines[0]));
            text.Append(" (").Append(Escape(Path.GetFileName(finding.File))).Append(finding.Line > 0 ? $", line {finding.Line}" : "").Append(")\n\n");
            if (lines.Length > 1)
                text.Append("```text\n").AppendJoin('\n', lines[1..]).Append("\n```\n\n");
        }

        if (baseline is not null)
            AppendGrowth(text, report, baseline);
        long unpacked = report.UnpackedBytes;
        Table(text, "What", Views.ByCategory(report), unpacked, int.MaxValue);
        Details(text, "Assemblies", Views.By(report, View.Assembly), unpacked);
        Details(text, "Namespaces", Views.By(report, View.Namespace), unpacked);
        Details(text, "Native archives", Views.By(report, View.Native), unpacked);
        Details(text, "Sections", Views.BySection(report), unpacked);
        Details(text, "Memory at boot", Views.ByMemory(report), Views.Whole(report, View.Memory));
        return text.ToString();
    }

    private static void AppendGrowth(StringBuilder text, SizeReport report, Baseline baseline)
    {
        Baseline now = Baseline.Of(report);
        List<Change> changes = [.. now.Parts.Keys.Union(baseline.Parts.Keys, StringComparer.Ordinal)
            .Select(n => new Change(n, baseline.Parts.GetValueOrDefault(n), now.Parts.GetValueOrDefault(n))).Where(c => c.Delta != 0).OrderByDescending(c => Math.Abs(c.Delta)).ThenBy(c => c.Name, StringComparer.Ordinal)];
        text.Append("Since the baseline: ").Append(ByteText.Signed(now.Total - baseline.Total)).Append("\n\n");
        if (changes.Count == 0)
            return;
        text.Append("| Change | Now | Part |\n|---:|---:|---|\n");
        foreach (Change change in changes.Take(Top))
            text.Append("| ").Append(ByteText.Signed(change.Delta)).Append(" | ").Append(ByteText.Exact(change.Now)).Append(" | ").Append(Escape(change.Name)).Append(" |\n");
        text.Append('\n');
    }

    private static void Details(StringBuilder text, string title, IReadOnlyList<Row> rows, long whole)
    {
        text.Append("<details><summary>").Append(title).Append("</summary>\n\n");
        Table(text, title, rows, whole, Top);
        text.Append("</details>\n\n");
    }

    private static void Table(StringBuilder text, string title, IReadOnlyList<Row> rows, long whole, int top)
    {
        text.Append("| Bytes | Share | ").Append(title).Append(" |\n|---:|---:|---|\n");
        foreach (Row row in rows.Take(top))
            text.Append("| ").Append(ByteText.Exact(row.Bytes)).Append(" | ").Append(ByteText.Share(row.Bytes, whole)).Append(" | ").Append(Escape(row.Name)).Append(" |\n");
        if (rows.Count > top)
            text.Append("| ").Append(ByteText.Exact(rows.Skip(top).Sum(r => r.Bytes))).Append(" | | and ").Append(rows.Count - top).Append(" smaller |\n");
        text.Append('\n');
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
