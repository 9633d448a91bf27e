using System.Text.Json;
using Unikernel.Testing;
using Xunit;

namespace Unikernel.Samples.Tests;

/// <summary>The samples' sizes: every byte explained, every limit kept, and a change that adds too much fails with its cause.</summary>
public class SizeTests
{
    public static TheoryData<string> Names => [.. Directory.EnumerateDirectories(Path.Combine(Sample.Root, "samples")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_byte_is_in_the_report_and_the_sample_has_a_budget(string name)
    {
        string image = Sample.Image(name); // a breach would fail it
        WholeReport.Check(image);
        using JsonDocument budget = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Sample.Root, "samples", name, "unikernel.budget.json")));
        Assert.Contains(budget.RootElement.GetProperty("budgets").EnumerateArray(), limit => limit.GetProperty("target").GetString() == "image" && limit.TryGetProperty("limit", out _));
    }

    /// <summary>A copy of samples/Hello, a change of the kind that nobody means to cost anything, and its publish.</summary>
    [Fact]
    public void A_change_of_20_kB_fails_the_publish_and_its_cause_is_named()
    {
        string copy = Path.Combine(Sample.Root, "artifacts", "samples-changed", "Hello"), output = Path.Combine(copy, "out");
        if (Directory.Exists(copy))
        {
            Directory.Delete(copy, recursive: true);
        }

        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Sample.Root, "samples", "Hello")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        (int status, string log) = Sample.PublishTo(copy, output, "-p:UnikernelUpdateBaseline=true");
        Assert.True(status == 0, log);
        File.AppendAllText(Path.Combine(copy, "Program.cs"), """

            var words = new SortedDictionary<string, int> { ["b"] = 1, ["a"] = 2 };
            foreach ((string word, int count) in words.OrderByDescending(w => w.Value).GroupBy(w => w.Key).SelectMany(g => g))
                Console.WriteLine(word + count);
            """);
        (status, log) = Sample.PublishTo(copy, output);
        Assert.NotEqual(0, status);
        Assert.Matches(@"Hello/unikernel\.budget\.json\(\d+,\d+\): error UKN4003: The image grew by .* Grew most: .*System\.(Linq!System\.Linq|Collections!System\.Collections\.Generic) \+.* is needed by Program\.<Main>\$ -> ", log);
    }
}
