using System.Net;
using System.Text;
using System.Text.Json;
using Unikernel.Size.Model;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Output;

/// <summary>
/// The report as one page that needs nothing else: a treemap of all bytes, to click down and to search, or of what changed between two images. The layout
/// is d3-hierarchy's, which is in the page with its licence.
/// </summary>
public static class HtmlTreemap
{
    /// <summary>Reasons are for parts that somebody might want to remove; those of small ones would make the page larger than the image.</summary>
    private const long ExplainedFrom = 512;

    public static string Write(SizeReport report, ReasonIndex reasons, SizeReport? old)
    {
        string title = old is null ? $"Size of {report.Name}" : $"Size of {report.Name} against {old.Name}";
        return Resource("treemap.html")
            .Replace("%TITLE%", WebUtility.HtmlEncode(title), StringComparison.Ordinal)
            .Replace("%STYLE%", Resource("treemap.css"), StringComparison.Ordinal)
            .Replace("%LICENCE%", Resource("LICENSE"), StringComparison.Ordinal)
            .Replace("%LIBRARY%", Resource("d3-hierarchy.min.js"), StringComparison.Ordinal)
            .Replace("%SCRIPT%", Resource("treemap.js"), StringComparison.Ordinal)
            .Replace("%DATA%", Data(report, reasons, old), StringComparison.Ordinal);
    }

    private static string Resource(string name)
    {
        using Stream stream = typeof(HtmlTreemap).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The resource {name} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The default encoder writes &lt; and &gt; as escapes: nothing in a name can end the script element.</summary>
    private static string Data(SizeReport report, ReasonIndex reasons, SizeReport? old)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteImage(json, "image", report);
            if (old is not null)
                WriteImage(json, "old", old);
            json.WritePropertyName("tree");
            WriteNode(json, report.Name, report.Tree, old?.Tree, old is not null, reasons);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void WriteImage(Utf8JsonWriter json, string property, SizeReport report)
    {
        json.WriteStartObject(property);
        json.WriteString("name", report.Name);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter json, string name, SizeNode? node, SizeNode? old, bool comparing, ReasonIndex reasons)
    {
        json.WriteStartObject();
        json.WriteString("n", name);
        json.WriteNumber("b", Area(node));
        if (comparing)
        {
            json.WriteNumber("o", Area(old));
            WriteCategories(json, "ok", old);
        }

        WriteCategories(json, "k", node);
        if (node is { Own.Count: > 0, Bytes: >= ExplainedFrom } && reasons.Chain(node) is { Count: > 0 } chain)
            json.WriteString("w", ReasonIndex.Shorten(chain));
        string[] children = [.. (node?.Children ?? []).Concat(old?.Children ?? []).Where(c => c.Bytes >= 0).Select(c => c.Name).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal).OrderByDescending(n => node?.Child(n)?.Bytes ?? 0)];
        if (children.Length > 0)
        {
            json.WriteStartArray("c");
            foreach (string child in children)
                WriteNode(json, child, node?.Child(child), old?.Child(child), comparing, reasons);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>What packing saves has no area: the map shows what is unpacked.</summary>
    private static long Area(SizeNode? node) => node is null ? 0 : node.Bytes - (node.Depth < 2 ? node.Sum(c => c.Category).GetValueOrDefault(Category.Packing) : 0);

    private static void WriteCategories(Utf8JsonWriter json, string property, SizeNode? node)
    {
        if (node is not { Own.Count: > 0 })
            return;
        json.WriteStartObject(property);
        foreach (IGrouping<Category, KeyValuePair<Cell, long>> category in node.Own.GroupBy(o => o.Key.Category).OrderBy(g => g.Key))
            json.WriteNumber(category.Key.Name(), category.Sum(o => o.Value));
        json.WriteEndObject();
    }
}
