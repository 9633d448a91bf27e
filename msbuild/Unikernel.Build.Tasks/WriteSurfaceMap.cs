using System.Text.Json;
using Microsoft.Build.Framework;
using Unikernel.Build.Tasks.Surface;
using Unikernel.Build.Tasks.Unwinding;
using Unikernel.Diagnostics;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Writes the operating system surface of an image (<c>os-surface-map.json</c>, linker/docs/formats.md). The linker knows what the program could
/// reach; of that, the compiler's object file has what it does.
/// </summary>
public sealed class WriteSurfaceMap : ImageTask
{
    // What the C code of the runtime calls; it has the name in every program (ILCompiler, src/coreclr/nativeaot/Bootstrap/main.cpp).
    private const string Start = "__managed__Main";

    /// <summary>The compiler's object file.</summary>
    [Required]
    public string ObjectFile { get; set; } = "";

    /// <summary>The linker's list <c>os-surface-reachable.tsv</c>.</summary>
    [Required]
    public string Reachable { get; set; } = "";

    private protected override (string File, Rule Rule) Subject => (ObjectFile, BuildRules.UnwindInformationUnknown);

    protected override void Write()
    {
        var calls = new ImageCalls(new ElfObject(File.ReadAllBytes(ObjectFile)));
        using FileStream stream = File.Create(OutputFile);
        Write(stream, calls, File.ReadLines(Reachable).Select(line => line.Split('\t')));
    }

    private static void Write(Stream stream, ImageCalls calls, IEnumerable<string[]> reachable)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("version", 2);
        json.WriteStartArray("entryPoints");
        foreach (string[] fields in reachable)
        {
            (string status, string library, string entryPoint, string provider) = (fields[0], fields[1], fields[2], fields[3]);
            string[] functions = [.. fields[4].Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(calls.Named).Distinct()];
            if (functions.Length == 0)
                continue;
            json.WriteStartObject();
            json.WriteString("library", library);
            json.WriteString("entryPoint", entryPoint);
            json.WriteString("status", status);
            if (provider.Length == 0)
                json.WriteNull("provider");
            else
                json.WriteString("provider", provider);
            WriteNames(json, "callers", functions.SelectMany(calls.CallersOf).Distinct().Order(StringComparer.Ordinal));
            WriteNames(json, "chain", functions.Select(f => calls.ChainTo(f, Start)).OrderBy(c => c[0] != Start).ThenBy(c => c.Count).First());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
