using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Unikernel.Size.Tests;

/// <summary>A headless Chromium, driven over the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/).</summary>
internal sealed partial class Browser : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2); // a build server under load, not a measurement

    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly string _profile;
    private Task<string>? _words;
    private int _id;

    private static readonly string? _program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .SelectMany(f => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(n => Path.Combine(f, n))).FirstOrDefault(File.Exists);

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    public static async Task<Browser> OpenAsync(string page)
    {
        if (_program is null)
            Assert.Fail("There is no chromium: ./install.sh installs it (on Ubuntu, where it is a snap only, install it or google-chrome by hand).");
        string profile = Directory.CreateTempSubdirectory("unikernel-browser-").FullName;
        var start = new ProcessStartInfo(_program) { RedirectStandardError = true };
        foreach (string argument in (ReadOnlySpan<string>)["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,900", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
            start.ArgumentList.Add(argument);
        var browser = new Browser(Process.Start(start)!, profile);
        using var time = new CancellationTokenSource(_patience);
        Match found = Match.Empty;
        while (!found.Success)
            found = Endpoint().Match(await browser._process.StandardError.ReadLineAsync(time.Token) ?? throw new InvalidOperationException("Chromium ended before it listened."));
        browser._words = browser._process.StandardError.ReadToEndAsync(); // what it says of D-Bus would fill the pipe

        using var http = new HttpClient();
        using JsonDocument targets = JsonDocument.Parse(await http.GetStringAsync($"http://127.0.0.1:{found.Groups["port"].Value}/json", time.Token));
        string address = targets.RootElement.EnumerateArray().First(t => t.GetProperty("type").GetString() == "page").GetProperty("webSocketDebuggerUrl").GetString()!;
        await browser._socket.ConnectAsync(new Uri(address), time.Token);
        await browser.SendAsync("Page.navigate", new { url = new Uri(page).AbsoluteUri });
        await browser.WaitAsync("document.readyState === 'complete' && document.getElementById('map')?.dataset.nodes > 0");
        return browser;
    }

    public async Task<JsonElement> SendAsync(string method, object parameters)
    {
        int id = ++_id;
        using var time = new CancellationTokenSource(_patience);
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, true, time.Token);
        while (true)
        {
            using var message = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            WebSocketReceiveResult part;
            do
            {
                part = await _socket.ReceiveAsync(buffer, time.Token);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            JsonElement answer = JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray())).RootElement;
            if (answer.TryGetProperty("id", out JsonElement answered) && answered.GetInt32() == id)
                return answer.TryGetProperty("error", out JsonElement error) ? throw new InvalidOperationException($"{method}: {error}") : answer.GetProperty("result");
        }
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement result = await SendAsync("Runtime.evaluate", new { expression, returnByValue = true });
        return result.TryGetProperty("exceptionDetails", out JsonElement thrown) ? throw new InvalidOperationException(thrown.ToString()) : result.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    public async Task WaitAsync(string condition)
    {
        var waited = Stopwatch.StartNew();
        while ((await EvaluateAsync(condition)).ValueKind != JsonValueKind.True)
        {
            Assert.True(waited.Elapsed < _patience, $"never became true: {condition}");
            await Task.Delay(50);
        }
    }

    /// <summary>A real click of the mouse in the middle of an element.</summary>
    public async Task ClickAsync(string selector)
    {
        JsonElement at = await EvaluateAsync($"(() => {{ const r = document.querySelector({JsonSerializer.Serialize(selector)}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + Math.min(8, r.height / 2)]; }})()");
        foreach (string type in (string[])["mousePressed", "mouseReleased"])
            await SendAsync("Input.dispatchMouseEvent", new { type, x = at[0].GetDouble(), y = at[1].GetDouble(), button = "left", clickCount = 1 });
    }

    public async Task<byte[]> ScreenshotAsync() => (await SendAsync("Page.captureScreenshot", new { format = "png" })).GetProperty("data").GetBytesFromBase64();

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        if (_words is not null)
            await _words;
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    [GeneratedRegex(@"DevTools listening on ws://127\.0\.0\.1:(?<port>\d+)/")]
    private static partial Regex Endpoint();
}
