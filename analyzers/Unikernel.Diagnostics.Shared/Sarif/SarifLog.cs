using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Unikernel.Diagnostics;

/// <summary>One result of a SARIF file.</summary>
/// <param name="Level">error, warning or note.</param>
/// <param name="File">Where it is; null: nowhere in particular.</param>
/// <param name="Line">From 1; 0: the file as a whole.</param>
public sealed record SarifResult(Rule Rule, string Level, string Text, string? File, int Line, int Column);

/// <summary>SARIF 2.1.0 with the ids and help pages that every tool of the toolchain shares, so that one viewer shows all of them.</summary>
public static class SarifLog
{
    public static void Write(Stream stream, string tool, IReadOnlyCollection<SarifResult> results)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json, tool, results.Select(r => r.Rule).DistinctBy(r => r.Id).OrderBy(r => r.Id, StringComparer.Ordinal));
        json.WriteStartArray("results");
        foreach (SarifResult result in results)
            WriteResult(json, result);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, string name, IEnumerable<Rule> rules)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", name);
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
    }

    private static void WriteResult(Utf8JsonWriter json, SarifResult result)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", result.Rule.Id);
        json.WriteString("level", result.Level);
        json.WriteStartObject("message");
        json.WriteString("text", result.Text);
        json.WriteEndObject();
        if (result.File is { } file)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            json.WriteStartObject("artifactLocation");
            json.WriteString("uri", Path.IsPathRooted(file) ? new Uri(file).AbsoluteUri : file.Replace('\\', '/'));
            json.WriteEndObject();
            if (result.Line > 0)
            {
                json.WriteStartObject("region");
                json.WriteNumber("startLine", result.Line);
                json.WriteNumber("startColumn", result.Column);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
