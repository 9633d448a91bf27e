using System.Text.Json;
using Unikernel.Size.Commands;
using Unikernel.Size.Output;

namespace Unikernel.Size.Tests;

/// <summary>The command as scripts use it: exit codes, what goes where, files that it writes.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unikernel-size-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string this[string name] => Path.Combine(_folder, name);

    private Outcome Run(params string[] arguments) => Command.Run(_folder, "dotnet", ["exec", typeof(Options).Assembly.Location, .. arguments], "", new() { ["GITHUB_STEP_SUMMARY"] = this["summary.md"] });

    /// <summary>An image with its report, as publish leaves it.</summary>
    private void Write(string name, TinyImage image)
    {
        File.WriteAllBytes(this[name + ".elf"], image.Bytes);
        using FileStream stream = File.Create(this[name + ".size.json"]);
        JsonReport.Write(stream, image.Report(name + ".elf"));
    }

    [Theory] // UKN4021
    [InlineData("--by", "letter", "App.elf")]
    [InlineData("--frobnicate", "App.elf")]
    [InlineData("--diff", "App.elf")]
    [InlineData("--top", "many", "App.elf")]
    [InlineData("check", "App.elf", "--budget")]
    [InlineData("@missing.rsp")]
    public void WrongUsageIsStatus2(params string[] arguments)
    {
        Outcome outcome = Run(arguments);
        Assert.Equal(ExitCodes.Usage, outcome.ExitCode);
        Assert.Contains("error UKN4021:", outcome.Output, StringComparison.Ordinal);
    }

    [Fact] // UKN4020
    public void AnImageThatNothingExplainsIsStatus1()
    {
        File.WriteAllBytes(this["App.elf"], TinyImage.Usual().Bytes);
        Outcome outcome = Run("App.elf");
        Assert.Equal(ExitCodes.Unreadable, outcome.ExitCode);
        Assert.Contains("App.elf: error UKN4020: 'App.elf' has neither its report ('App.size.json') nor its symbols ('App.elf.dbg')", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("UKN4020", Run("check", "missing.elf").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TablesAddUp()
    {
        Write("App", TinyImage.Usual());
        string output = Run("App.elf").Succeeded().Output;
        Assert.Contains($"App.elf: {TinyImage.Usual().Bytes.Length:N0} B", output, StringComparison.Ordinal);
        Assert.Contains("libRuntime.WorkstationGC.a", output, StringComparison.Ordinal);
        Assert.Contains("of which 'memcpy' has 64 B", Run("App.elf", "--filter", "memcpy").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonGoesToStandardOutput()
    {
        Write("App", TinyImage.Usual());
        using JsonDocument json = JsonDocument.Parse(Run("App.elf", "--json").Succeeded().Output);
        Assert.Equal("unikernel-size", json.RootElement.GetProperty("format").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("version").GetInt32());
        Assert.Equal(TinyImage.Usual().Bytes.Length, json.RootElement.GetProperty("image").GetProperty("bytes").GetInt64());
    }

    /// <summary>Two files and no project: the second against the first.</summary>
    [Fact]
    public void TwoImagesAreChecked()
    {
        Write("Old", TinyImage.Usual());
        Write("New", TinyImage.Usual(own: 20_100));
        Assert.Contains("+20,000 B", Run("--diff", "Old.elf", "New.elf").Succeeded().Output, StringComparison.Ordinal);
        File.WriteAllText(this["b.json"], "{ \"budgets\": [\n { \"target\": \"image\", \"growth\": \"4 kB\" } ] }");
        Outcome outcome = Run("check", "New.elf", "--against", "Old.elf", "--budget", "b.json", "--sarif", "s.sarif", "--markdown", "s.md");
        Assert.Equal(ExitCodes.OverBudget, outcome.ExitCode);
        Assert.Contains("b.json(2,2): error UKN4003: The image grew by 19,456 B since the baseline", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("UKN4003", File.ReadAllText(this["s.md"]), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(this["s.md"]), File.ReadAllText(this["summary.md"]));

        using JsonDocument sarif = JsonDocument.Parse(File.ReadAllBytes(this["s.sarif"]));
        JsonElement run = sarif.RootElement.GetProperty("runs")[0], result = run.GetProperty("results")[0];
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        Assert.Equal("UKN4003", run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[0].GetProperty("id").GetString());
        Assert.Equal(("UKN4003", "error"), (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString()));
        JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(("b.json", 2), (place.GetProperty("artifactLocation").GetProperty("uri").GetString(), place.GetProperty("region").GetProperty("startLine").GetInt32()));
        Assert.Equal(ExitCodes.Done, Run("check", "Old.elf", "--against", "New.elf", "--budget", "b.json").ExitCode);
    }

    [Fact]
    public void LimitsCanStandOnTheCommandLine()
    {
        Write("App", TinyImage.Usual());
        Assert.Equal(ExitCodes.Done, Run("check", "App.elf", "--limit", "image=10 kB").ExitCode);
        Outcome outcome = Run("check", "App.elf", "--limit", "native:core.a=10 B");
        Assert.Equal(ExitCodes.OverBudget, outcome.ExitCode);
        Assert.Contains("error UKN4001: Native 'core.a' has 64 B: 54 B more than the limit of 10 B.", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("UKN4010", Run("check", "App.elf", "--limit", "image=10").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBaselineIsWrittenAndHolds()
    {
        Write("App", TinyImage.Usual());
        File.WriteAllText(this["unikernel.budget.json"], "{ \"baseline\": \"a.baseline.txt\", \"budgets\": [ { \"target\": \"image\", \"growth\": \"0 B\" } ] }");
        Assert.Contains("UKN4013", Run("check", "App.elf").Output, StringComparison.Ordinal);
        Run("check", "App.elf", "--update-baseline").Succeeded();
        Assert.Contains("libRuntime.WorkstationGC.a = 3 KiB", File.ReadAllText(this["a.baseline.txt"]), StringComparison.Ordinal);
        Run("check", "App.elf").Succeeded();
        Write("App", TinyImage.Usual(framework: 9000));
        Assert.Equal(ExitCodes.OverBudget, Run("check", "App.elf").ExitCode);
        Run("check", "App.elf", "--update-baseline").Succeeded();
    }

    [Fact]
    public void WithoutABudgetOneLineSaysHowToStart()
    {
        Write("App", TinyImage.Usual());
        string line = Assert.Single(Run("check", "App.elf").Succeeded().Output.Trim().Split('\n'));
        Assert.StartsWith($"App.elf: {TinyImage.Usual().Bytes.Length:N0} B. No size budget:", line, StringComparison.Ordinal);
    }
}
