using System.Text.Encodings.Web;
using System.Text.Json;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Output;

/// <summary>
/// The report for machines: `IMAGE.size.json`. docs/size-report.md has the schema; members are only ever added, and a change that readers would notice
/// raises <see cref="Version"/>.
/// </summary>
public static class JsonReport
{
    public const string Format = "unikernel-size";
    public const int Version = 1;

    private static readonly JsonWriterOptions _options = new() { Indented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, SizeReport report)
    {
        using var json = new Utf8JsonWriter(stream, _options);
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", Version);
        json.WriteStartObject("image");
        json.WriteString("name", report.Name);
        json.WriteNumber("bytes", report.Bytes);
        if (report.Configuration is { Length: > 0 } configuration)
            json.WriteString("configuration", configuration);
        json.WriteEndObject();
        json.WriteStartObject("categories");
        foreach (Row row in Views.ByCategory(report))
            json.WriteNumber(row.Name, row.Bytes);
        json.WriteEndObject();
        WriteObjects(json, "sections", report.Sections, section =>
        {
            json.WriteString("name", section.Name);
            json.WriteNumber("address", section.Address);
            json.WriteNumber("fileBytes", section.FileBytes);
            json.WriteNumber("memoryBytes", section.MemoryBytes);
        });
        WriteObjects(json, "memory", report.Memory, use =>
        {
            json.WriteString("name", use.Name);
            json.WriteNumber("bytes", use.Bytes);
            json.WriteBoolean("measured", use.Measured);
        });
        json.WriteStartArray("notes");
        foreach (string note in report.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WritePropertyName("tree");
        WriteNode(json, report.Tree);
        json.WriteEndObject();
    }

    private static void WriteObjects<T>(Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> writeMembers)
    {
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            json.WriteStartObject();
            writeMembers(value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteNode(Utf8JsonWriter json, SizeNode node)
    {
        json.WriteStartObject();
        json.WriteString("name", node.Name);
        json.WriteNumber("bytes", node.Bytes);
        if (node.Own.Count > 0)
        {
            json.WriteStartObject("own");
            foreach ((Cell cell, long bytes) in node.Own.OrderBy(o => o.Key.Section, StringComparer.Ordinal).ThenBy(o => o.Key.Category))
                json.WriteNumber(cell.Section + "/" + cell.Category.Name(), bytes);
            json.WriteEndObject();
        }

        if (node.Children.Count > 0)
        {
            json.WriteStartArray("children");
            foreach (SizeNode child in node.Children.OrderByDescending(c => c.Bytes).ThenBy(c => c.Name, StringComparer.Ordinal))
                WriteNode(json, child);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Reads a report back; the sum of its tree is checked.</summary>
    public static SizeReport Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "does not exist");
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 256 });
            return Read(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException(path, $"is not a size report: {e.Message}");
        }
    }

    private static SizeReport Read(string path, JsonElement root)
    {
        if (!root.TryGetProperty("format", out JsonElement format) || format.GetString() != Format)
            throw new InputException(path, "is not a size report: it has no \"format\": \"unikernel-size\"");
        if (root.GetProperty("version").GetInt32() is not Version and var version)
            throw new InputException(path, $"has version {version} of the report's format, and this tool reads {Version}");
        JsonElement image = root.GetProperty("image");
        var tree = new SizeNode("", null);
        var steps = new List<string>();
        foreach (JsonElement child in Children(root.GetProperty("tree")))
            ReadNode(tree, steps, child);
        long bytes = image.GetProperty("bytes").GetInt64();
        if (tree.Bytes != bytes)
            throw new InputException(path, $"adds up to {tree.Bytes} bytes and says that the image has {bytes}: it was changed by hand");
        return new SizeReport
        {
            Name = image.GetProperty("name").GetString() ?? "",
            Bytes = bytes,
            Configuration = image.TryGetProperty("configuration", out JsonElement configuration) ? configuration.GetString() : null,
            Tree = tree,
            Sections = [.. root.GetProperty("sections").EnumerateArray().Select(s => new SectionSize(s.GetProperty("name").GetString()!, s.GetProperty("address").GetUInt64(), s.GetProperty("fileBytes").GetInt64(), s.GetProperty("memoryBytes").GetInt64()))],
            Memory = [.. root.GetProperty("memory").EnumerateArray().Select(m => new MemoryUse(m.GetProperty("name").GetString()!, m.GetProperty("bytes").GetInt64(), m.GetProperty("measured").GetBoolean()))],
            Notes = [.. root.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)],
        };
    }

    private static JsonElement.ArrayEnumerator Children(JsonElement node) => node.TryGetProperty("children", out JsonElement children) ? children.EnumerateArray() : default;

    private static void ReadNode(SizeNode tree, List<string> steps, JsonElement node)
    {
        steps.Add(node.GetProperty("name").GetString()!);
        if (node.TryGetProperty("own", out JsonElement own))
        {
            foreach (JsonProperty part in own.EnumerateObject())
            {
                int slash = part.Name.LastIndexOf('/');
                if (slash < 0)
                    throw new FormatException($"'{part.Name}' is not SECTION/CATEGORY");
                tree.Add(steps.ToArray(), new Cell(part.Name[..slash], Categories.Parse(part.Name[(slash + 1)..])), part.Value.GetInt64());
            }
        }

        foreach (JsonElement child in Children(node))
            ReadNode(tree, steps, child);
        steps.RemoveAt(steps.Count - 1);
    }
}
