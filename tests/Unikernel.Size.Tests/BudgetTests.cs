using Unikernel.Diagnostics;
using Unikernel.Size.Budgets;
using Unikernel.Size.Model;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Tests;

/// <summary>Budgets: how they are written, where they are wrong (UKN4010), and what they say of an image.</summary>
public class BudgetTests
{
    [Theory]
    [InlineData("640 kB", 640_000)]
    [InlineData("640kB", 640_000)]
    [InlineData("1.5 MiB", 1_572_864)]
    [InlineData("1 MB", 1_000_000)]
    [InlineData("2 KiB", 2048)]
    [InlineData("0 B", 0)]
    [InlineData("1 GiB", 1_073_741_824)]
    public void SizesHaveUnits(string text, long bytes)
    {
        Assert.Null(ByteSize.TryParse(text, false, out ByteSize size));
        Assert.Equal(bytes, size.Bytes(0));
    }

    [Theory]
    [InlineData("640 KB", "kB (1000 bytes) or KiB (1024 bytes)")]
    [InlineData("640", "no unit")]
    [InlineData("kB", "not a size")]
    [InlineData("-3 kB", "not a size")]
    [InlineData("3 kilobytes", "not a unit")]
    [InlineData("90 %", "share")]
    [InlineData("99999999999 GB", "too large")]
    public void SizesWithoutAMeaningAreRefused(string text, string problem) => Assert.Contains(problem, ByteSize.TryParse(text, false, out _), StringComparison.Ordinal);

    [Theory]
    [InlineData("95 %", 200, 190)]
    [InlineData("10000 %", 200, 20_000)]
    [InlineData("10000 %", long.MaxValue, long.MaxValue)]
    public void ASharesBytesAreOfTheWhole(string text, long whole, long bytes)
    {
        Assert.Null(ByteSize.TryParse(text, true, out ByteSize size));
        Assert.Equal(bytes, size.Bytes(whole));
        Assert.Contains("too large", ByteSize.TryParse("99999999999999999999999 %", true, out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1, 1, "ends where a value")]
    [InlineData("[]", 1, 1, "a budget is an object")]
    [InlineData("{}", 1, 1, "no list \"budgets\"")]
    [InlineData("{\n  \"budgets\": {}\n}", 2, 14, "is a list")]
    [InlineData("{\n  \"budget\": []\n}", 2, 3, "not known here")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"picture\", \"limit\": \"1 MB\" }\n  ]\n}", 3, 17, "'picture' is not a target")]
    [InlineData("{\n  \"budgets\": [\n    { \"limit\": \"1 MB\" }\n  ]\n}", 3, 5, "\"target\" is missing")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\" }\n  ]\n}", 3, 5, "is missing")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\",\n      \"limit\": 700000 }\n  ]\n}", 4, 16, "a text in quotes")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\",\n      \"limit\": \"700 KB\" }\n  ]\n}", 4, 16, "kB (1000 bytes)")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"section\", \"limit\": \"1 kB\" }\n  ]\n}", 3, 5, "\"name\" is missing")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\", \"limit\": \"1 MB\", \"limit\": \"2 MB\" }\n  ]\n}", 3, 43, "is here twice")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\", \"limit\": \"1 MB\", \"warning\": \"2 MB\" }\n  ]\n}", 3, 5, "lies above")]
    [InlineData("{\n  \"budgets\": [\n    { \"target\": \"image\", \"limit\": \"1 MB\" }\n", 4, 1, "']' is missing")]
    [InlineData("{ \"budgets\": [ { \"target\": \"image\", \"limit\": \"1 MB ] }", 1, 55, "no end")]
    [InlineData("{ \"budgets\": [] } x", 1, 19, "goes on")]
    [InlineData("{ \"budgets\": [ maximum ] }", 1, 16, "'maximum' is not a value")]
    public void AMistakeHasItsPlace(string text, int line, int column, string problem)
    {
        var error = Assert.Throws<BudgetFormatException>(() => BudgetFile.Parse("b.json", text));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Position.Line, error.Position.Column));
    }

    [Fact]
    public void ABudgetIsRead()
    {
        BudgetFile file = BudgetFile.Parse("b.json", """
            {
              "$schema": "unikernel.budget.schema.json",
              "baseline": "sizes.baseline.txt", // beside it
              "budgets": [
                { "target": "image", "limit": "700 kB", "warning": "95 %", "growth": "4 kB" },
                { "target": "assembly", "name": "System.Net.*", "limit": "0 B", "configuration": "Release", "message": "no \"TLS\" \u002d ever" },
              ],
            }
            """);
        Assert.Equal("sizes.baseline.txt", file.Baseline);
        Assert.Equal([5, 6], file.Budgets.Select(b => b.Position.Line));
        Assert.Equal((700_000L, 665_000L, 4000L), (file.Budgets[0].Limit!.Value.Bytes(0), file.Budgets[0].Warning!.Value.Bytes(700_000), file.Budgets[0].Growth!.Value.Bytes(1)));
        Assert.True(file.Budgets[1].Forbids);
        Assert.Equal("no \"TLS\" - ever", file.Budgets[1].Message);
    }

    private static readonly SizeReport _report = TinyImage.Of(
        ("managed|App|App|Program|Main()", 20_447), ("managed|App|App.Data|Table|.cctor()", 5000), ("managed|System.Private.CoreLib|System.Text|StringBuilder|Append(Char)", 70_000),
        ("managed|System.Private.CoreLib|System|String|Concat(String, String)", 30_000), ("managed|(string literals)|hello", 40), ("native|libRuntime.WorkstationGC.a|gcwks.cpp.o|mark", 200_000), ("native|core.a|memory.c.o|memcpy", 1000));

    private static List<Finding> Check(string budgets, Baseline? baseline = null, string configuration = "Release", ReasonIndex? reasons = null) =>
        [.. new BudgetCheck(_report, baseline, reasons ?? ReasonIndex.Empty).Check(BudgetFile.Parse("b.json", $"{{ \"budgets\": [\n{budgets}\n] }}").Budgets, configuration)];

    [Theory]
    [InlineData("image", "", 326_487)]
    [InlineData("section", ".text", 326_487)]
    [InlineData("assembly", "App", 25_447)]
    [InlineData("assembly", "System.*", 100_000)]
    [InlineData("namespace", "System.Text", 70_000)]
    [InlineData("namespace", "System", 100_000)] // with System.Text, which is in it
    [InlineData("native", "core.a", 1000)]
    [InlineData("native", "core.a(memory.c.o)", 1000)]
    [InlineData("native", "*", 201_000)]
    public void EveryTargetIsMeasured(string target, string name, long bytes)
    {
        string named = name.Length > 0 ? $", \"name\": \"{name}\"" : "";
        Assert.Empty(Check($"{{ \"target\": \"{target}\"{named}, \"limit\": \"{bytes} B\" }}"));
        Finding finding = Assert.Single(Check($"{{ \"target\": \"{target}\"{named}, \"limit\": \"{Math.Max(bytes - 1, target == "image" ? 201_000 : 0)} B\" }}"));
        Assert.Equal((SizeRules.BudgetExceeded, "b.json", 2), (finding.Rule, finding.File, finding.Line));
        Assert.Contains($"{bytes:N0} B: 1 B more than the limit of {bytes - 1:N0} B.", finding.Text, StringComparison.Ordinal);
    }

    /// <summary>UKN4001 with the growers and their reasons.</summary>
    [Fact]
    public void ABreachTellsTheFiveThatGrewMostAndWhy()
    {
        Baseline before = Baseline.Parse("x.baseline.txt", "App!App.Program = 447 B\n\nSystem.Private.CoreLib!System = 30 KiB\n\nSystem.Private.CoreLib!System.Text = 69 KiB\n\ncore.a = 1 KiB\n\nlibRuntime.WorkstationGC.a = 196 KiB\n");
        var reasons = new ReasonIndex();
        reasons.ReadReasons("reasons", new StringReader("-1\tentry point\troot\t\tthe program\n0\tentry point\tmethod\tApp\tSystem.Void App.Start::Main(System.String[])\n1\tcall\tmethod\tApp\tSystem.Void App.Program::Main()\n"));
        Finding finding = Assert.Single(Check("{ \"target\": \"image\", \"limit\": \"300 kB\", \"message\": \"Ask Ann.\" }", before, reasons: reasons));
        Assert.Equal("""
            The image has 326,487 B: 26,487 B more than the limit of 300,000 B. Ask Ann. Grew most: App!App.Program +20,000 B, App!App.Data.Table +5,000 B, (string literals) +1,024 B; App!App.Program is needed by App.Program.Main.
            Grew most since the baseline:
              +20,000 B  App!App.Program
                  of it: Program.Main() 20,447 B
                  why: App.Program.Main
              +5,000 B  App!App.Data.Table (new)
              +1,024 B  (string literals) (new)
            """.ReplaceLineEndings("\n"), finding.Text);
    }

    [Fact]
    public void AThresholdWarns() // UKN4002
    {
        Finding finding = Assert.Single(Check("{ \"target\": \"image\", \"limit\": \"330 kB\", \"warning\": \"95 %\" }"));
        Assert.Equal(SizeRules.BudgetNearlyUsed, finding.Rule);
        Assert.False(finding.IsError);
        Assert.Contains("more than the warning threshold of 313,500 B", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void GrowthIsMeasuredAgainstTheBaseline() // UKN4003
    {
        Assert.Empty(Check("{ \"target\": \"image\", \"growth\": \"0 B\" }", Baseline.Of(_report)));
        Baseline before = Baseline.Parse("x.baseline.txt", Baseline.Of(_report).ToString().Replace("App!App.Program = 20447 B", "App!App.Program = 447 B", StringComparison.Ordinal));
        Finding finding = Assert.Single(Check("{ \"target\": \"image\", \"limit\": \"1 MB\", \"growth\": \"4 kB\" }", before));
        Assert.Equal(SizeRules.GrewSinceBaseline, finding.Rule);
        Assert.StartsWith("The image grew by 20,000 B since the baseline", finding.Text, StringComparison.Ordinal);
        Assert.Contains("UnikernelUpdateBaseline=true", finding.Text, StringComparison.Ordinal);
        Assert.Empty(Check("{ \"target\": \"native\", \"name\": \"core.a\", \"growth\": \"1 %\" }", before));
        Assert.Equal(SizeRules.BaselineUnreadable, Assert.Single(Check("{ \"target\": \"image\", \"growth\": \"1 %\" }")).Rule); // UKN4013: there is none
    }

    [Fact]
    public void MemoryIsTheImagesUntilABootWasMeasured()
    {
        SizeReport report = TinyImage.Of(("native|core.a|memory.c.o|memcpy", 1000));
        report.Memory.AddRange([new MemoryUse("image-file", 1000, false), new MemoryUse("image-zero-filled", 500, false)]);
        Finding[] Checked(string budget) => [.. new BudgetCheck(report, null, ReasonIndex.Empty).Check(BudgetFile.Parse("b.json", $"{{ \"budgets\": [ {budget} ] }}").Budgets, "Release")];

        Assert.Empty(Checked("{ \"target\": \"memory\", \"limit\": \"1500 B\" }"));
        Finding unknown = Assert.Single(Checked("{ \"target\": \"memory\", \"name\": \"stacks\", \"limit\": \"64 KiB\" }"));
        Assert.Equal(SizeRules.BudgetNameUnknown, unknown.Rule);
        Assert.Contains("UnikernelSizeBoot", unknown.Text, StringComparison.Ordinal);

        report.Memory.Add(new MemoryUse("stacks", 70_000, true));
        Assert.Contains("Memory 'stacks' has 70,000 B: 4,464 B more than the limit of 65,536 B.", Assert.Single(Checked("{ \"target\": \"memory\", \"name\": \"stacks\", \"limit\": \"64 KiB\" }")).Text, StringComparison.Ordinal);
        Assert.Contains("The memory at boot has 71,500 B", Assert.Single(Checked("{ \"target\": \"memory\", \"limit\": \"71 kB\" }")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatIsNotThereIsAnErrorUnlessItMustNotBeThere() // UKN4011
    {
        Finding finding = Assert.Single(Check("{ \"target\": \"namespace\", \"name\": \"System.Txt\", \"limit\": \"1 kB\" }"));
        Assert.Equal(SizeRules.BudgetNameUnknown, finding.Rule);
        Assert.Contains("There is no namespace 'System.Txt' in the image (there is 'System.Text').", finding.Text, StringComparison.Ordinal);
        Assert.Empty(Check("{ \"target\": \"assembly\", \"name\": \"System.Net.Security\", \"limit\": \"0 B\" }"));
        Assert.Equal(SizeRules.BudgetExceeded, Assert.Single(Check("{ \"target\": \"assembly\", \"name\": \"App\", \"limit\": \"0 B\" }")).Rule);
    }

    [Fact]
    public void ALimitUnderTheFloorIsAnError() // UKN4012
    {
        Finding finding = Assert.Single(Check("{ \"target\": \"image\", \"limit\": \"100 kB\" }"));
        Assert.Equal(SizeRules.BudgetUnderFloor, finding.Rule);
        Assert.Contains("201,000 B", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void ALimitHoldsForItsConfiguration()
    {
        const string Limit = "{ \"target\": \"image\", \"limit\": \"300 kB\", \"configuration\": \"Release\" }";
        Assert.Single(Check(Limit));
        Assert.Empty(Check(Limit, configuration: "Debug"));
    }

    [Fact]
    public void EveryIdHasAPageAndATest()
    {
        string tests = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Unikernel.Size.Tests"), "*Tests.cs").Select(File.ReadAllText));
        foreach (System.Reflection.FieldInfo field in typeof(SizeRules).GetFields())
        {
            string id = ((Rule)field.GetValue(null)!).Id;
            Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", "rules", id + ".md")), id);
            Assert.Contains(id, tests, StringComparison.Ordinal);
        }
    }

    /// <summary>The schema says the same as the reader: its examples and what it forbids.</summary>
    [Fact]
    public void TheSchemaKnowsWhatTheReaderKnows()
    {
        using var schema = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "msbuild", "Unikernel.Sdk", "schemas", "unikernel.budget.schema.json")));
        System.Text.Json.JsonElement item = schema.RootElement.GetProperty("properties").GetProperty("budgets").GetProperty("items").GetProperty("properties");
        Assert.Equal(["configuration", "growth", "limit", "message", "name", "target", "warning"], item.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Enum.GetNames<BudgetTarget>().Select(n => n.ToLowerInvariant()), item.GetProperty("target").GetProperty("enum").EnumerateArray().Select(t => t.GetString()));
        string pattern = schema.RootElement.GetProperty("definitions").GetProperty("size").GetProperty("pattern").GetString()!;
        foreach (string text in (ReadOnlySpan<string>)["640 kB", "1.5 MiB", "0 B", "640 KB", "640", "kB", "-3 kB", "3 kilobytes"])
            Assert.Equal(ByteSize.TryParse(text, false, out _) is null, System.Text.RegularExpressions.Regex.IsMatch(text, pattern));
    }
}
