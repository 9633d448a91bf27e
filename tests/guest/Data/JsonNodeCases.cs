using System.Text.Json;
using System.Text.Json.Nodes;

namespace Unikernel.Guest;

/// <summary>JSON without types: documents and nodes.</summary>
internal static class JsonNodeCases
{
    private const string Text = """{"name":"test","list":[1,2.5,"three",null,{"deep":[[]]}],"flag":true}""";

    public static void Run()
    {
        Suite.Case("document properties", () => JsonDocument.Parse(Text).RootElement.EnumerateObject().Select(p => $"{p.Name}:{p.Value.ValueKind}"));
        Suite.Case("document values", () =>
        {
            JsonElement list = JsonDocument.Parse(Text).RootElement.GetProperty("list");
            return $"{list[0].GetInt32()} {Suite.Format(list[1].GetDouble())} {list[2].GetString()} {list[3].ValueKind} {list[4].GetRawText()}";
        });
        Suite.Throws("document missing property", () => JsonDocument.Parse(Text).RootElement.GetProperty("absent"));
        Suite.Throws("document wrong kind", () => JsonDocument.Parse(Text).RootElement.GetProperty("name").GetInt32());
        Suite.Case("node edit", () =>
        {
            JsonNode node = JsonNode.Parse(Text)!;
            node["list"]![0] = 10;
            node["list"]!.AsArray().RemoveAt(1);
            node["new"] = new JsonObject { ["a"] = JsonValue.Create(1), ["b"] = new JsonArray("x", null) };
            return node.ToJsonString();
        });
        Suite.Case("node deep equals", () => JsonNode.DeepEquals(JsonNode.Parse("""{"a":1,"b":2}"""), JsonNode.Parse("""{"b":2,"a":1}""")));
        Suite.Case("node path", () => JsonNode.Parse(Text)!["list"]![4]!["deep"]![0]!.GetPath());
        Suite.Case("node clone", () => JsonNode.Parse(Text)!["list"]!.DeepClone().AsArray().Count);
        Suite.Throws("node has a parent", () =>
        {
            JsonNode node = JsonNode.Parse(Text)!;
            node["again"] = node["list"];
        });
        Suite.Each("valid", ["1", "\"a\"", "[]", "{\"a\":{}}", " true "], s => JsonDocument.Parse(s).RootElement.ValueKind);
        Suite.Each("invalid", ["01", "'a'", "[1 2]", "{a:1}", "tru", "\"\n\"", "[", "1 2", "\u00a01"], s => JsonDocument.Parse(s).RootElement.ValueKind);
        Suite.Throws("too deep", () => JsonDocument.Parse(new string('[', 100) + new string(']', 100)));
        Suite.Case("large document", () =>
        {
            string large = "[" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"{{\"i\":{i}}}")) + "]";
            return JsonDocument.Parse(large).RootElement.EnumerateArray().Sum(e => e.GetProperty("i").GetInt64());
        });
    }
}
