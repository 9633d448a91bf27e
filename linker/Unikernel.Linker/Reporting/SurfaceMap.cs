using System.Text.Json;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>The operating system surface of a program: each entry point that it can reach, who provides it, and who reaches it.</summary>
public sealed class SurfaceMap(LinkContext context, AbsentEntryPoints absent)
{
    /// <summary>One line of the map.</summary>
    public sealed record Line(string Library, string EntryPoint, string Status, string? Provider, IReadOnlyList<string> Chain);

    public IEnumerable<Line> Lines()
    {
        foreach (EntryPointNode node in context.Nodes.EntryPoints.Where(n => n.IsMarked))
        {
            EntryPoint entry = node.EntryPoint;
            string? provider = context.Providers.Find(entry)?.FullName;
            string status = provider is not null ? "provided" : absent.IsAbsent(entry) ? "absent" : "native";
            yield return new Line(entry.Library, entry.Name, status, provider, [.. DependencyAnalyzer.Path(node).Select(step => step.Node.ToString())]);
        }
    }

    /// <summary>Prints the map as a table.</summary>
    public void WriteText(TextWriter output)
    {
        foreach (Line line in Lines())
        {
            output.WriteLine($"{line.Status,-9} {line.Library}!{line.EntryPoint}{(line.Provider is null ? "" : " by " + line.Provider)}");
            // The last but one is the P/Invoke, what calls it is what a reader looks for.
            output.WriteLine($"          reached by {(line.Chain.Count > 2 ? line.Chain[^3] : line.Chain[0])}");
        }
    }

    /// <summary>Writes <c>os-surface-map.json</c>: <c>{"version":1,"entryPoints":[{library,entryPoint,status,provider,chain}]}</c>.</summary>
    public void WriteJson(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("version", 1);
        json.WriteStartArray("entryPoints");
        foreach (Line line in Lines())
        {
            json.WriteStartObject();
            json.WriteString("library", line.Library);
            json.WriteString("entryPoint", line.EntryPoint);
            json.WriteString("status", line.Status);
            json.WriteString("provider", line.Provider);
            json.WriteStartArray("chain");
            foreach (string step in line.Chain)
                json.WriteStringValue(step);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
