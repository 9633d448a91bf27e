namespace Unikernel.Size.Tests;

/// <summary>The page of an image that was really published: thousands of parts, opened as a user opens it.</summary>
[Collection(PublishedAppGroup.Name)]
public sealed class PublishedTreemapTests(PublishedApp app)
{
    [Fact]
    public async Task ItShowsTheImageAndAClickGoesDownToAType()
    {
        await using Browser browser = await Browser.OpenAsync(Path.ChangeExtension(app.Image, ".size.html"));
        Assert.Equal($"App.elf: {new FileInfo(app.Image).Length:N0} B", (await browser.EvaluateAsync("document.getElementById('title').textContent")).GetString());
        Assert.True((await browser.EvaluateAsync("document.querySelectorAll('.node').length")).GetInt32() > 50);
        string screenshots = Path.Combine(Repository.Root, "artifacts", "screenshots");
        Directory.CreateDirectory(screenshots);
        File.WriteAllBytes(Path.Combine(screenshots, "size-treemap.png"), await browser.ScreenshotAsync());

        string path = "App.elf";
        int depth = 1;
        foreach (string step in (string[])["managed", "System.Private.CoreLib", "System"])
        {
            path += "/" + step;
            await browser.ClickAsync($"[data-path='{path}']");
            depth++;
            await browser.WaitAsync($"document.querySelectorAll('#path button').length === {depth}");
        }

        Assert.True((await browser.EvaluateAsync("document.querySelectorAll('.node').length")).GetInt32() > 5);
        await browser.EvaluateAsync("(() => { const s = document.getElementById('search'); s.value = 'String'; s.dispatchEvent(new Event('input')); })()");
        Assert.Matches("^[0-9,]+ parts, [0-9,]+ B$", (await browser.EvaluateAsync("document.getElementById('found').textContent")).GetString());
        File.WriteAllBytes(Path.Combine(screenshots, "size-treemap-down.png"), await browser.ScreenshotAsync());
    }
}
