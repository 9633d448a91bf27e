using Unikernel.Size.Model;

namespace Unikernel.Size.Output;

/// <summary>The report as tables of text. No colours and no width of a terminal: the same in a log and on a screen.</summary>
public static class TextTable
{
    /// <summary>The whole picture: groups, categories, sections, and the largest assemblies, namespaces, archives and members.</summary>
    public static void WriteSummary(SizeReport report, int top, TextWriter output)
    {
        output.WriteLine($"{report.Name}: {ByteText.Exact(report.Bytes)}");
        foreach (string note in report.Notes)
            output.WriteLine("note: " + note);
        WriteRows(output, "what", Views.ByCategory(report), report.UnpackedBytes, int.MaxValue);
        WriteRows(output, "section", Views.BySection(report), report.UnpackedBytes, int.MaxValue);
        WriteRows(output, report.Memory.Exists(m => m.Measured) ? "memory at boot" : "memory at boot, of the image alone", Views.ByMemory(report), Views.Whole(report, View.Memory), int.MaxValue);
        foreach (View view in (ReadOnlySpan<View>)[View.Assembly, View.Namespace, View.Native, View.Type, View.Member])
            WriteRows(output, view.ToString().ToLowerInvariant(), Views.By(report, view), report.UnpackedBytes, top);
    }

    /// <summary>One table, largest first; what is left is one line, so that the column's sum is the total.</summary>
    public static void WriteRows(TextWriter output, string title, IReadOnlyList<Row> rows, long whole, int top)
    {
        if (rows.Count == 0)
            return;
        output.WriteLine();
        List<Row> shown = [.. rows.Take(top)];
        long rest = rows.Skip(top).Sum(r => r.Bytes);
        if (rows.Count > shown.Count)
            shown.Add(new Row($"… and {rows.Count - shown.Count} smaller", rest));
        int width = Math.Max(12, shown.Max(r => ByteText.Exact(r.Bytes).Length));
        output.WriteLine($"{"bytes".PadLeft(width)}  {"share",7}  {title}");
        foreach (Row row in shown)
            output.WriteLine($"{ByteText.Exact(row.Bytes).PadLeft(width)}  {ByteText.Share(row.Bytes, whole),7}  {row.Name}");
    }

    /// <summary>What grew and what shrank between two images.</summary>
    public static void WriteDiff(SizeReport old, SizeReport now, View view, int top, TextWriter output)
    {
        output.WriteLine($"{old.Name} {ByteText.Exact(old.Bytes)} -> {now.Name} {ByteText.Exact(now.Bytes)}: {ByteText.Signed(now.Bytes - old.Bytes)}");
        List<Change> changes = [.. Views.Diff(old, now, view)];
        List<Change> grown = [.. changes.Where(c => c.Delta > 0).OrderByDescending(c => c.Delta).ThenBy(c => c.Name, StringComparer.Ordinal)];
        List<Change> shrunk = [.. changes.Where(c => c.Delta < 0).OrderBy(c => c.Delta).ThenBy(c => c.Name, StringComparer.Ordinal)];
        WriteChanges(output, "new or grown", grown, top);
        WriteChanges(output, "removed or shrunk", shrunk, top);
    }

    private static void WriteChanges(TextWriter output, string title, List<Change> changes, int top)
    {
        if (changes.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine($"{"change",14}  {"now",14}  {title}");
        foreach (Change change in changes.Take(top))
            output.WriteLine($"{ByteText.Signed(change.Delta),14}  {ByteText.Exact(change.Now),14}  {change.Name}{(change.Before == 0 ? " (new)" : change.Now == 0 ? " (gone)" : "")}");
        if (changes.Count > top)
            output.WriteLine($"{ByteText.Signed(changes.Skip(top).Sum(c => c.Delta)),14}  {"",14}  … and {changes.Count - top} more");
    }
}
