using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Unikernel.Samples.Tests;

public class WebServerTests
{
    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public async Task Serves_files_ranges_and_conditions(string machine)
    {
        using Sample server = await Sample.BootAsync("WebServer", machine, 8080, "web server on port 8080");
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}") };

        using HttpResponseMessage page = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        byte[] content = await page.Content.ReadAsByteArrayAsync();
        Assert.StartsWith("<!doctype html>", Encoding.UTF8.GetString(content));
        Assert.Equal(content, await client.GetByteArrayAsync("/index.html?query=1"));

        using HttpRequestMessage conditional = new(HttpMethod.Get, "/") { Headers = { IfNoneMatch = { page.Headers.ETag! } } };
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(conditional)).StatusCode);

        using HttpRequestMessage range = new(HttpMethod.Get, "/") { Headers = { Range = new RangeHeaderValue(10, 19) } };
        using HttpResponseMessage part = await client.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(content[10..20], await part.Content.ReadAsByteArrayAsync());

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/none")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync("/", new StringContent("x"))).StatusCode);
        using HttpRequestMessage head = new(HttpMethod.Head, "/style.css");
        Assert.True((await client.SendAsync(head)).Content.Headers.ContentLength > 0);
    }

    /// <summary>Version 2 of MMIO's registers, as Firecracker has them: QEMU's are version 1 unless it is told otherwise.</summary>
    [Fact]
    public async Task Modern_mmio_devices_carry_the_network()
    {
        using Sample server = await Sample.BootAsync("WebServer", "microvm", 8080, "web server on port 8080", qemuArguments: "-global virtio-mmio.force-legacy=false");
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromMinutes(1) };
        Assert.StartsWith("<!doctype html>", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Pipelined_and_malformed_requests()
    {
        using Sample server = await Sample.BootAsync("WebServer", "microvm", 8080, "web server on port 8080");
        string pipelined = await TalkAsync(server.Port, "GET /style.css HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(["200", "404", "200"], Statuses(pipelined));
        Assert.Equal(["400"], Statuses(await TalkAsync(server.Port, "GET / HTTP/1.1\r\n\r\n"))); // no Host
        Assert.Equal(["400"], Statuses(await TalkAsync(server.Port, "nonsense\r\n\r\n")));
        Assert.Equal(["505"], Statuses(await TalkAsync(server.Port, "GET / HTTP/2.0\r\nHost: a\r\n\r\n")));
        Assert.Equal(["414"], Statuses(await TalkAsync(server.Port, "GET /" + new string('a', 9000))));
        Assert.Equal(["431"], Statuses(await TalkAsync(server.Port, "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('a', 9000))));
        Assert.Equal(["404"], Statuses(await TalkAsync(server.Port, "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
    }

    [Fact]
    public async Task Many_connections_at_once()
    {
        using Sample server = await Sample.BootAsync("WebServer", "q35", 8080, "web server on port 8080");
        using SocketsHttpHandler handler = new() { MaxConnectionsPerServer = 32 };
        using HttpClient client = new(handler) { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromMinutes(2) };
        byte[] expected = await client.GetByteArrayAsync("/");
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, cancellation) =>
            Assert.Equal(expected, await client.GetByteArrayAsync("/", cancellation)));
    }

    private static async Task<string> TalkAsync(int port, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader reader = new(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    private static string[] Statuses(string responses) =>
        [.. responses.Split('\n').Where(line => line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)).Select(line => line.Substring(9, 3))];
}
