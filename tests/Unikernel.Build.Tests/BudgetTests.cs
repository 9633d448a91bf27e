using System.Text.Json;

namespace Unikernel.Build.Tests;

/// <summary>
/// Budgets as a build server sees them (docs/size-report.md): five lines that hold a project, a change that adds too much, limits that are too small, and
/// two unikernels in one solution.
/// </summary>
public sealed class BudgetTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    /// <summary>docs/size-report.md promises that five lines are enough: those that it shows.</summary>
    [Fact]
    public void FiveLinesOfConfigurationHoldAProjectOutsideOfTheRepository()
    {
        string documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "size-report.md"));
        string[] inProject = Block(documentation, "xml").Split('\n'), inAttributes = Block(documentation, "text").Split('\n');
        Assert.Equal(5, inProject.Length + inAttributes.Length);
        _project.WriteProject("App", "System.Console.WriteLine(1);", sdk: string.Join('\n', inProject)).Write(".gitattributes", string.Join('\n', inAttributes));
        _project.Publish("-p:UnikernelUpdateBaseline=true").Succeeded();
        long size = ReportedSize();

        _project.Write("Program.cs", """
            var words = new SortedDictionary<string, int> { ["b"] = 1, ["a"] = 2 };
            foreach ((string word, int count) in words.OrderByDescending(w => w.Value).GroupBy(w => w.Key).SelectMany(g => g))
                System.Console.WriteLine(word + count);
            """);
        string error = Assert.Single(_project.Publish().Failed().Output.Split('\n').Where(line => line.Contains("error UKN", StringComparison.Ordinal)).Distinct());
        Assert.Matches(@"App\.csproj\(4,4\): error UKN4003: The image grew by [0-9,]+ B since the baseline, .* and 16,000 B is allowed\. Grew most: ", error);
        Assert.Matches(@"Grew most: .*System\.(Linq!System\.Linq|Collections!System\.Collections\.Generic) \+[0-9,]+ B.*; .* is needed by Program\.<Main>\$ -> ", error);
        Assert.True(ReportedSize() > size + 16_000, "The report of the larger image is written although the build fails.");
    }

    /// <summary>Two unikernels in one solution: each has its limits, its error at its own line, and its own report.</summary>
    [Fact]
    public void InASolutionEachUnikernelHasItsBudgetAndItsReport()
    {
        const string InProject = "<RuntimeIdentifier>unikernel-x64</RuntimeIdentifier>";
        using TestProject first = new(), second = new();
        first.WriteProject("First", "System.Console.WriteLine(1);", InProject).Write("unikernel.budget.json", "{ \"budgets\": [\n  { \"target\": \"assembly\", \"name\": \"System.Private.CoreLib\", \"limit\": \"9 kB\", \"message\": \"one\" } ] }");
        second.WriteProject("Second", "System.Console.WriteLine(2);", InProject, """<UnikernelBudget Include="assembly:System.Console" Limit="10 B" Message="two" />""");
        foreach ((TestProject from, string name) in new[] { (first, "First"), (second, "Second") })
        {
            foreach (string file in Directory.EnumerateFiles(from.Folder).Where(f => Path.GetFileName(f) != "nuget.config"))
                _project.Write(Path.Combine(name, Path.GetFileName(file)), File.ReadAllText(file));
        }

        _project.Dotnet("new", "sln", "-n", "Both").Succeeded();
        string solution = Path.GetFileName(Directory.EnumerateFiles(_project.Folder, "Both.sln*").Single());
        _project.Dotnet("sln", solution, "add", "First", "Second").Succeeded();
        string[] errors = [.. _project.Dotnet("publish", solution, "-nologo", "-v:m", "-tl:off").Failed().Output.Split('\n').Where(line => line.Contains("error UKN", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(2, errors.Length);
        Assert.Matches(@"First/unikernel\.budget\.json\(2,3\): error UKN4001: Assembly 'System\.Private\.CoreLib' has [0-9,]+ B: [0-9,]+ B more than the limit of 9,000 B\. one Largest: ", errors[0]);
        Assert.Matches(@"Second/Second\.csproj\(11,6\): error UKN4001: Assembly 'System\.Console' has [0-9,]+ B: [0-9,]+ B more than the limit of 10 B\. two Largest: ", errors[1]);
        foreach (string name in new[] { "First", "Second" })
        {
            string stem = _project[$"{name}/bin/Release/net10.0/unikernel-x64/native/{name}"];
            using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(stem + ".size.json"));
            Assert.Equal(name + ".elf", report.RootElement.GetProperty("image").GetProperty("name").GetString());
            Assert.Equal(new FileInfo(stem + ".elf").Length, report.RootElement.GetProperty("image").GetProperty("bytes").GetInt64());
            using JsonDocument sarif = JsonDocument.Parse(File.ReadAllBytes(stem + ".size.sarif"));
            Assert.Single(sarif.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray());
            Assert.StartsWith($"### Size of {name}.elf", File.ReadAllText(stem + ".size.md"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ALimitUnderTheImageFailsThePublishAtItsLineAndNothingIsCompiledForIt()
    {
        _project.WriteProject("App", "System.Console.WriteLine(1);")
            .Write("unikernel.budget.json", """
                {
                  "budgets": [ { "target": "image", "limit": "2 MB", "growth": "20 kB" } ]
                }
                """);
        Outcome first = _project.Publish("-p:UnikernelUpdateBaseline=true").Succeeded();
        Assert.Contains("unikernel.baseline.txt: written", first.Output, StringComparison.Ordinal);
        long size = new FileInfo(_project.Published("App.elf")).Length;
        Assert.Contains($"App.elf: {size:N0} B of 2,000,000 B", first.Output, StringComparison.Ordinal);
        Assert.Equal(size, ReportedSize());

        BuildSteps again = _project.PublishSteps();
        Assert.False(again.RanIlc || again.LinkedImage);
        again.Outcome.Succeeded();

        _project.Write("unikernel.budget.json", $$"""
            {
              "budgets": [
                { "target": "image", "limit": "{{size - 1}} B" },
                { "target": "assembly", "name": "No.Such.Assembly", "limit": "1 kB" }
              ]
            }
            """);
        string over = _project.Publish().Failed().Output;
        Assert.DoesNotContain("Generating native code", over, StringComparison.Ordinal);
        Assert.Contains("unikernel.budget.json(3,5): error UKN4001", over, StringComparison.Ordinal);
        Assert.Contains("unikernel.budget.json(4,", over, StringComparison.Ordinal);
        Assert.Contains("No.Such.Assembly", over, StringComparison.Ordinal);
        Assert.Equal(2, over.Split('\n').Where(line => line.Contains("UKN4", StringComparison.Ordinal)).Distinct().Count()); // a line for a finding, and what explains it without the prefix
    }

    /// <summary>The first block of code of a language.</summary>
    private static string Block(string markdown, string language)
    {
        string begin = $"```{language}\n";
        int start = markdown.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return markdown[start..markdown.IndexOf("\n```", start, StringComparison.Ordinal)];
    }

    private long ReportedSize()
    {
        string path = Path.Combine(_project.Folder, "bin", "Release", "net10.0", TestProject.Rid, "native", "App.size.json");
        using var report = JsonDocument.Parse(File.ReadAllText(path));
        return report.RootElement.GetProperty("image").GetProperty("bytes").GetInt64();
    }
}
