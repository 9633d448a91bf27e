using System.Text.Json;
using System.Text.Json.Serialization;

namespace Unikernel.Guest;

/// <summary>JSON through a source-generated context.</summary>
internal static class JsonCases
{
    public static void Run()
    {
        Order order = Sample();
        string json = JsonSerializer.Serialize(order, Context.Default.Order);
        Suite.Case("serialize", () => json);
        Suite.Case("indented", () => JsonSerializer.Serialize(order, Indented.Default.Order));
        Suite.Case("round trip", () => JsonSerializer.Serialize(JsonSerializer.Deserialize(json, Context.Default.Order), Context.Default.Order) == json);
        Suite.Case("deserialize", () =>
        {
            Order? o = JsonSerializer.Deserialize("""{"id":7,"Name":"x","lines":[{"item":"a","count":2,"price":1.50}],"when":"2024-02-29T01:02:03Z","kind":"Express","extra":[1,{"y":2}]}""", Context.Default.Order);
            return $"{o!.Id} {o.Lines.Count} {o.Lines[0].Price} {o.When:O} {o.Kind} {o.Extra!["extra"].GetArrayLength()}";
        });
        Suite.Each("rejects", ["{", "{\"id\":\"x\"}", "[]", "{\"id\":1,}", "nul", "{\"id\":1e99}", "{\"kind\":\"Nope\"}", "{\"when\":\"yesterday\"}", "\"\\ud800\"", ""],
            s => JsonSerializer.Deserialize(s, Context.Default.Order)?.Id);
        Suite.Case("polymorphism", () => JsonSerializer.Serialize([new Circle(2), new Square(3)], Context.Default.ShapeArray));
        Suite.Case("polymorphism back", () => JsonSerializer.Deserialize("""[{"$type":"square","Side":4},{"$type":"circle","Radius":1.5}]""", Context.Default.ShapeArray)!.Select(s => Suite.Format(s.Area())));
        Suite.Throws("polymorphism unknown", () => JsonSerializer.Deserialize("""[{"$type":"blob"}]""", Context.Default.ShapeArray));
        Suite.Case("dictionary", () => JsonSerializer.Serialize(new Dictionary<string, int[]> { ["a"] = [1, 2], ["b"] = [] }, Context.Default.DictionaryStringInt32Array));
        Suite.Case("required missing", () =>
        {
            try
            {
                JsonSerializer.Deserialize("{}", Context.Default.Needs);
                return "accepted";
            }
            catch (JsonException e)
            {
                return e.Message;
            }
        });
        Suite.Case("converter", () => JsonSerializer.Serialize(new Temperature(21.5), Context.Default.Temperature));
        Suite.Case("converter back", () => JsonSerializer.Deserialize("\"-3.25C\"", Context.Default.Temperature).Celsius);
        Suite.Case("escapes", () => JsonSerializer.Serialize("<\"\u0001\u2028ž😀\\/>", Context.Default.String));
        Suite.Each("numbers", ["0", "-0.0", "1e10", "123456789012345678901234567890", "0.1"], s => JsonSerializer.Deserialize(s, Context.Default.Double));
        Suite.Throws("cycle depth", () => JsonSerializer.Serialize(Nest(100), Context.Default.Nested));
        Suite.Case("depth 60", () => JsonSerializer.Serialize(Nest(60), Context.Default.Nested).Length);
        Suite.Case("async stream", () =>
        {
            MemoryStream stream = new();
            JsonSerializer.SerializeAsync(stream, order, Context.Default.Order).Wait();
            stream.Position = 0;
            return JsonSerializer.DeserializeAsync(stream, Context.Default.Order).AsTask().Result!.Lines.Count;
        });
        Suite.Case("async enumerable", () =>
        {
            MemoryStream stream = new("[1,2,3,4,5]"u8.ToArray());
            return JsonSerializer.DeserializeAsyncEnumerable(stream, Context.Default.Int32).ToArrayAsync().AsTask().Result.Sum();
        });
        Suite.Case("5000 objects", () =>
        {
            Order[] many = [.. Enumerable.Range(0, 5000).Select(i => order with { Id = i })];
            string text = JsonSerializer.Serialize(many, Context.Default.OrderArray);
            return Suite.Digest(text) + " " + JsonSerializer.Deserialize(text, Context.Default.OrderArray)!.Sum(o => o.Id);
        });
        Suite.Case("writer", () =>
        {
            using MemoryStream stream = new();
            using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
            {
                writer.WriteStartObject();
                writer.WriteString("s", "é");
                writer.WriteStartArray("a");
                writer.WriteNumberValue(1.5);
                writer.WriteNullValue();
                writer.WriteBooleanValue(true);
                writer.WriteEndArray();
                writer.WriteBase64String("b", [1, 2, 3]);
                writer.WriteEndObject();
            }

            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        });
        Suite.Throws("writer misuse", () => new Utf8JsonWriter(new MemoryStream()).WriteEndArray());
        Suite.Case("reader tokens", () =>
        {
            Utf8JsonReader reader = new("""{"a":[1,true,null,"x"]} """u8);
            string tokens = "";
            while (reader.Read())
            {
                tokens += reader.TokenType.ToString()[0..2];
            }

            return tokens;
        });
        Suite.Case("comments and trailing commas", () =>
        {
            JsonDocumentOptions options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            return JsonDocument.Parse("[1, /* two */ 3,]", options).RootElement.GetArrayLength();
        });
    }

    private static Order Sample() => new()
    {
        Id = 42,
        Name = "Žofie \"Q\"",
        Lines = [new Line("apple", 3, 1.25m), new Line("pear", 1, 0.5m)],
        When = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(1)),
        Kind = Kind.Normal,
        Tags = ["x", "y"],
        Ratio = 1.0 / 3,
        Span = TimeSpan.FromMinutes(90),
        Token = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
        Bytes = [1, 2, 255],
    };

    private static Nested Nest(int depth) => depth == 0 ? new Nested() : new Nested { Inner = Nest(depth - 1) };
}

internal enum Kind
{
    Normal,
    Express,
}

internal sealed record Line(string Item, int Count, decimal Price);

internal sealed record Order
{
    public int Id { get; set; }
    public string? Name { get; set; }
    public List<Line> Lines { get; set; } = [];
    public DateTimeOffset When { get; set; }
    public Kind Kind { get; set; }
    public HashSet<string>? Tags { get; set; }
    public double Ratio { get; set; }
    public TimeSpan? Span { get; set; }
    public Guid Token { get; set; }
    public byte[]? Bytes { get; set; }
    [JsonIgnore]
    public string Hidden => "hidden";
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }
}

internal sealed record Needs
{
    public required string A { get; set; }
    public required int B { get; set; }
}

internal sealed class Nested
{
    public Nested? Inner { get; set; }
}

[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Square), "square")]
internal abstract record Shape
{
    public abstract double Area();
}

internal sealed record Circle(double Radius) : Shape
{
    public override double Area() => Radius * Radius;
}

internal sealed record Square(double Side) : Shape
{
    public override double Area() => Side * Side;
}

[JsonConverter(typeof(TemperatureConverter))]
internal readonly record struct Temperature(double Celsius);

internal sealed class TemperatureConverter : JsonConverter<Temperature>
{
    public override Temperature Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(double.Parse(reader.GetString()!.TrimEnd('C'), System.Globalization.CultureInfo.InvariantCulture));

    public override void Write(Utf8JsonWriter writer, Temperature value, JsonSerializerOptions options) =>
        writer.WriteStringValue(FormattableString.Invariant($"{value.Celsius}C"));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Order[]))]
[JsonSerializable(typeof(Shape[]))]
[JsonSerializable(typeof(Needs))]
[JsonSerializable(typeof(Nested))]
[JsonSerializable(typeof(Temperature))]
[JsonSerializable(typeof(Dictionary<string, int[]>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(int))]
internal sealed partial class Context : JsonSerializerContext;

[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Order))]
internal sealed partial class Indented : JsonSerializerContext;
