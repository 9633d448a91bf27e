using System.Text.Json;
using Xunit;

namespace Unikernel.Testing;

/// <summary>Checks the size report of an image that was really published, with no code of the tool that wrote it.</summary>
internal static class WholeReport
{
    /// <summary>Each byte of the file has one owner: the parts add up to its length, in every way in which they are cut; and nearly all is explained.</summary>
    /// <param name="image">The .elf, with its .size.json beside it.</param>
    public static void Check(string image)
    {
        long length = new FileInfo(image).Length;
        using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(image, ".size.json")), new JsonDocumentOptions { MaxDepth = 256 });
        JsonElement root = report.RootElement;
        Assert.Equal(length, root.GetProperty("image").GetProperty("bytes").GetInt64());

        var cells = new Dictionary<string, long>(StringComparer.Ordinal);
        Assert.Equal(length, Sum(root.GetProperty("tree"), cells));
        Assert.Equal(length, cells.Values.Sum());
        Dictionary<string, long> categories = root.GetProperty("categories").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetInt64());
        Assert.Equal(length, categories.Values.Sum());
        Assert.All(categories, category => Assert.Equal(category.Value, cells.Where(c => c.Key.EndsWith("/" + category.Key, StringComparison.Ordinal)).Sum(c => c.Value)));

        foreach (JsonElement section in root.GetProperty("sections").EnumerateArray())
        {
            string name = section.GetProperty("name").GetString()!;
            Assert.Equal((name, section.GetProperty("fileBytes").GetInt64()), (name, cells.Where(c => c.Key[..c.Key.LastIndexOf('/')] == name).Sum(c => c.Value)));
        }

        Assert.Empty(root.GetProperty("notes").EnumerateArray());
        Assert.True(categories.GetValueOrDefault("unattributed") * 200 <= length, $"{categories.GetValueOrDefault("unattributed")} of {length} B belong to nothing");
        string[] groups = [.. root.GetProperty("tree").GetProperty("children").EnumerateArray().Select(g => g.GetProperty("name").GetString()!)];
        Assert.Contains("managed", groups);
        Assert.Contains("native", groups);
        Assert.Contains("image", groups);
    }

    // A node has what it owns and what its children have.
    private static long Sum(JsonElement node, Dictionary<string, long> cells)
    {
        long sum = 0;
        if (node.TryGetProperty("own", out JsonElement own))
        {
            foreach (JsonProperty cell in own.EnumerateObject())
            {
                long bytes = cell.Value.GetInt64();
                Assert.True(bytes > 0 || cell.Name.EndsWith("/packing", StringComparison.Ordinal), cell.Name); // what packing saved is taken off as one part
                cells[cell.Name] = cells.GetValueOrDefault(cell.Name) + bytes;
                sum += bytes;
            }
        }

        if (node.TryGetProperty("children", out JsonElement children))
            sum += children.EnumerateArray().Sum(child => Sum(child, cells));
        Assert.Equal(node.GetProperty("bytes").GetInt64(), sum);
        return sum;
    }
}
