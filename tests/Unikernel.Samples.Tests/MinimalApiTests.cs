using System.Net;
using System.Text.Json;
using Xunit;

namespace Unikernel.Samples.Tests;

public class MinimalApiTests
{
    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task Answers_as_on_Linux(string machine)
    {
        using Sample server = await Sample.BootAsync("MinimalApi", machine, 8080, "Application started", memory: "128M");
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromMinutes(1) };
        using JsonDocument todos = JsonDocument.Parse(await client.GetStringAsync("/todos"));
        Assert.Equal(5, todos.RootElement.GetArrayLength());
        Assert.Equal("Walk the dog", todos.RootElement[0].GetProperty("title").GetString());
        Assert.Equal("Do the dishes", JsonDocument.Parse(await client.GetStringAsync("/todos/2")).RootElement.GetProperty("title").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/todos/99")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
    }
}
