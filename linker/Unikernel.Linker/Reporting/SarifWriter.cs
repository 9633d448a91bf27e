using System.Text.Json;
using Unikernel.Diagnostics;

namespace Unikernel.Linker.Reporting;

/// <summary>Messages as SARIF 2.1.0, with the rule ids and help pages of the analyzers, so that one viewer shows both.</summary>
public static class SarifWriter
{
    public static void Write(Stream stream, IEnumerable<Message> messages)
    {
        List<Message> all = [.. messages];
        List<Rule> rules = [.. all.Select(m => m.Rule).DistinctBy(r => r.Id).OrderBy(r => r.Id, StringComparer.Ordinal)];
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "Unikernel.Linker");
        json.WriteStartArray("rules");
        foreach (Rule rule in rules)
        {
            json.WriteStartObject();
            json.WriteString("id", rule.Id);
            json.WriteStartObject("shortDescription");
            json.WriteString("text", rule.Title);
            json.WriteEndObject();
            json.WriteString("helpUri", rule.HelpLink);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("results");
        foreach (Message message in all)
            WriteResult(json, message);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Message message)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", message.Rule.Id);
        json.WriteString("level", message.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" });
        json.WriteStartObject("message");
        json.WriteString("text", message.Text);
        json.WriteEndObject();
        if (message.Location is { } location)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", location.File.StartsWith('/') ? new Uri(location.File).AbsoluteUri : location.File.Replace('\\', '/'));
            json.WriteEndObject();
            json.WriteStartObject("region");
            json.WriteNumber("startLine", location.Line);
            json.WriteNumber("startColumn", location.Column);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
