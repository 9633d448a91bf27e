using Unikernel.Size.Model;
using Unikernel.Size.Output;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Tests;

/// <summary>The page of the report, in a browser: it needs no network, shows everything, goes down on a click, finds, and compares.</summary>
public sealed class TreemapTests : IDisposable
{
    private readonly string _page = Path.Combine(Directory.CreateTempSubdirectory("unikernel-page-").FullName, "App.size.html");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_page)!, recursive: true);

    private static SizeReport Report(long main = 4000) => TinyImage.Of(
        ("managed|App|App|Program|Main()", main), ("managed|App|App|<script>alert(1)</script>|A()", 900), ("managed|System.Private.CoreLib|System.Text|StringBuilder|Append(Char)", 5000),
        ("managed|System.Private.CoreLib|System|String|Concat(String, String)", 3000), ("native|core.a|memory.c.o|memcpy", 2500), ("image|padding|.text", 300));

    [Fact]
    public void ThePageNeedsNothingElse()
    {
        string html = HtmlTreemap.Write(Report(), ReasonIndex.Empty, null);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Contains("Mike Bostock", html, StringComparison.Ordinal); // the licence of d3-hierarchy
    }

    [Fact]
    public async Task AClickGoesDownAndASearchFinds()
    {
        File.WriteAllText(_page, HtmlTreemap.Write(Report(), ReasonIndex.Empty, null));
        await using Browser browser = await Browser.OpenAsync(_page);
        Assert.Equal("App.elf: 15,700 B", (await browser.EvaluateAsync("document.getElementById('title').textContent")).GetString());
        Assert.True((await browser.EvaluateAsync("document.querySelectorAll('.node').length")).GetInt32() > 8);
        Assert.Equal(15_700, (await browser.EvaluateAsync("document.querySelectorAll('#legend li').length && [...document.querySelectorAll('#legend .number')].reduce((n, e) => n + Number(e.textContent.replace(/[^0-9]/g, '')), 0)")).GetInt32());

        await browser.ClickAsync("[data-path='App.elf/managed']");
        await browser.WaitAsync("document.querySelectorAll('#path button').length === 2");
        await browser.ClickAsync("[data-path='App.elf/managed/System.Private.CoreLib']");
        await browser.WaitAsync("document.querySelectorAll('#path button').length === 3");
        Assert.Equal("System.Private.CoreLib", (await browser.EvaluateAsync("document.querySelector('#path button:last-child').textContent")).GetString());
        Assert.Equal(JsonNull, (await browser.EvaluateAsync("document.querySelector(\"[data-path='App.elf/native']\")")).ValueKind);
        await browser.ClickAsync("#path button:first-child");
        await browser.WaitAsync("document.querySelectorAll('#path button').length === 1");

        await browser.EvaluateAsync("(() => { const s = document.getElementById('search'); s.value = 'memcpy'; s.dispatchEvent(new Event('input')); })()");
        Assert.Equal("1 parts, 2,500 B", (await browser.EvaluateAsync("document.getElementById('found').textContent")).GetString());
        Assert.True((await browser.EvaluateAsync("document.querySelectorAll('.node.dim').length")).GetInt32() > 0);
        Assert.True((await browser.ScreenshotAsync()).Length > 5000);
    }

    [Fact]
    public async Task AComparisonShowsWhatChanged()
    {
        File.WriteAllText(_page, HtmlTreemap.Write(Report(24_000), ReasonIndex.Empty, Report()));
        await using Browser browser = await Browser.OpenAsync(_page);
        Assert.Equal("App.elf 15,700 B → App.elf 35,700 B: +20,000 B", (await browser.EvaluateAsync("document.getElementById('title').textContent")).GetString());
        Assert.StartsWith("Main()", (await browser.EvaluateAsync("[...document.querySelectorAll('.node:not(.group)')].map(e => e.textContent).join()")).GetString()!.Replace("Program", "Main()", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, (await browser.EvaluateAsync("document.querySelectorAll(\"[data-path^='App.elf/native']\").length")).GetInt32()); // unchanged
    }

    private const System.Text.Json.JsonValueKind JsonNull = System.Text.Json.JsonValueKind.Null;
}
