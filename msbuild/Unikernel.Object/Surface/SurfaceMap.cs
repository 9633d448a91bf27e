using System.Buffers;
using System.Text.Json;

namespace Unikernel.Object.Surface;

/// <summary>
/// The operating system surface of an image (<c>os-surface-map.json</c>, linker/docs/formats.md). The linker knows what the program could
/// reach; of that, the compiler's object file has what it does.
/// </summary>
internal static class SurfaceMap
{
    // What the C code of the runtime calls; it has the name in every program (ILCompiler, src/coreclr/nativeaot/Bootstrap/main.cpp).
    private const string Start = "__managed__Main";

    /// <param name="file">The compiler's object file.</param>
    /// <param name="reachable">The lines of the linker's list <c>os-surface-reachable.tsv</c>.</param>
    public static byte[] Write(ElfObject file, IEnumerable<string> reachable)
    {
        var calls = new ImageCalls(file, Start);
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("version", 2);
        json.WriteStartArray("entryPoints");
        foreach (string line in reachable)
        {
            string[] fields = line.Split('\t');
            (string status, string library, string entryPoint, string provider) = (fields[0], fields[1], fields[2], fields[3]);
            int[] functions = [.. fields[4].Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(calls.Named).Distinct()];
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
            WriteNames(json, "callers", functions.SelectMany(calls.CallersOf).Distinct().Select(calls.Name).Order(StringComparer.Ordinal));
            int[] called = Array.FindAll(functions, calls.IsCalledFromStart);
            WriteNames(json, "chain", (called is [] ? functions : called).Select(calls.ChainTo).MinBy(c => c.Count)!.Select(calls.Name));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string property, IEnumerable<string> names)
    {
        json.WriteStartArray(property);
        foreach (string name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }
}
