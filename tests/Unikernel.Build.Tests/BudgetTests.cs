using System.Text.Json;

namespace Unikernel.Build.Tests;

/// <summary>
/// Budgets as a build server sees them (docs/size-report.md): a publish that is within its limits, the same again, a change that adds more than
/// it may, and a limit under what the image has. The rows build on each other, so they are one test.
/// </summary>
public sealed class BudgetTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void GrowthAndLimitsFailThePublishAtTheBudgetsLine()
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

        // Regular expressions are much more than 20 kB, and nothing else of the program needs them.
        _project.Write("Program.cs", """System.Console.WriteLine(System.Text.RegularExpressions.Regex.Replace("hello", "l+", "L"));""");
        string grown = _project.Publish().Failed().Output;
        Assert.Contains("unikernel.budget.json(2,16): error UKN4003", grown, StringComparison.Ordinal);
        Assert.Contains("System.Text.RegularExpressions", grown, StringComparison.Ordinal);
        Assert.True(ReportedSize() > size + 20_000, "The report of the larger image is written although the build fails.");

        _project.Publish("-p:UnikernelUpdateBaseline=true").Succeeded();
        _project.Publish().Succeeded();

        _project.Write("unikernel.budget.json", """
            {
              "budgets": [
                { "target": "image", "limit": "900 kB" },
                { "target": "assembly", "name": "No.Such.Assembly", "limit": "1 kB" }
              ]
            }
            """);
        string over = _project.Publish().Failed().Output;
        Assert.Contains("unikernel.budget.json(3,5): error UKN4001", over, StringComparison.Ordinal);
        Assert.Contains("unikernel.budget.json(4,", over, StringComparison.Ordinal);
        Assert.Contains("No.Such.Assembly", over, StringComparison.Ordinal);
    }

    private long ReportedSize()
    {
        string path = Path.Combine(_project.Folder, "bin", "Release", "net10.0", TestProject.Rid, "native", "App.size.json");
        using var report = JsonDocument.Parse(File.ReadAllText(path));
        return report.RootElement.GetProperty("image").GetProperty("bytes").GetInt64();
    }
}
