using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>UKN2306 is silent where the program has a JsonSerializerContext, wherever that stands.</summary>
public class JsonAnswerTests
{
    private const string Handler = """
        using Microsoft.AspNetCore.Builder;
        record Todo(int Id);
        class Program { static void Main() { WebApplication app = WebApplication.CreateBuilder().Build(); app.MapGet("/", () => new Todo(1)); } }
        """;

    private const string Context = "abstract class AppJson() : System.Text.Json.Serialization.JsonSerializerContext(null) { }";

    [Theory]
    [InlineData(Context)]
    [InlineData("namespace App.Json { class Holder { " + Context + " } }")]
    public async Task WithAContext(string context) => await Verify.Of("UKN2306", Handler + "\n" + context).RunAsync(CancellationToken.None);

    [Fact]
    public async Task WithAClassOfThatNameOnly() =>
        await Verify.Of("UKN2306", Handler.Replace("app.MapGet(\"/\", () => new Todo(1))", "[|app.MapGet(\"/\", () => new Todo(1))|]", StringComparison.Ordinal) + "\nclass JsonSerializerContext { }\nclass AppJson : JsonSerializerContext { }").RunAsync(CancellationToken.None);
}
