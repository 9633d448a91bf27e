using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>Rules about budget and baseline: what fails a publish is reported while it is typed, at the same line with the same words.</summary>
public class BudgetFileTests
{
    /// <summary>The rules that are shown here, and not by a case.</summary>
    public static readonly string[] Ids = ["UKN4010", "UKN4013"];

    private const string Program = "class P { static void Main() { } }";

    private const string Budget = "/p/unikernel.budget.json";

    private const string Malformed = "{ \"budgets\": [ { \"target\": \"image\", \"limit\": \"700 KB\" } ] }";

    private const string Unmerged = "# title\n\n<<<<<<< HEAD\n";

    [Theory]
    [InlineData("{|#0:|}", "the file ends where a value should be")]
    [InlineData("\n {|#0:budgets|}", "'budgets' is not a value of JSON")]
    [InlineData("{ \"budgets\": [\n    { \"target\": \"image\", \"limit\": {|#0:\"700 KB\" } ] }|}", "'KB' can mean two things; write kB (1000 bytes) or KiB (1024 bytes)")]
    [InlineData("{ \"budgets\": [\n    { \"target\": {|#0:\"picture\", \"limit\": \"1 MB\" } ] }|}", "'picture' is not a target; it is image, memory, section, assembly, namespace or native")]
    [InlineData("{ {|#0:\"budget\": [] }|}", "\"budget\" is not known here; known are: baseline, budgets")]
    public async Task ABudgetThatDoesNotParse(string markup, string problem) => await Fires("UKN4010", Budget, markup, problem);

    [Theory]
    [InlineData("Include=\"image\" Limit=\"1 mb\"", "UnikernelBudget 'image': 'mb' is not a unit; write one of B, kB, MB, GB (1000) or KiB, MiB, GiB (1024)")]
    [InlineData("Include=\"image;assembly\" Limit=\"1 MB\"", "UnikernelBudget 'assembly': \"name\" is missing: which assembly")]
    [InlineData("Include=\"image\" Limit=\"1 MB\"><Growth>4</Growth></UnikernelBudget><X", "UnikernelBudget 'image': '4' has no unit; write one of B, kB, MB, GB (1000) or KiB, MiB, GiB (1024)")]
    public async Task AnItemThatDoesNotParse(string attributes, string problem) =>
        await Fires("UKN4010", "/p/App.csproj", $"<Project><ItemGroup>\n  {{|#0:<UnikernelBudget {attributes} />|}}\n</ItemGroup></Project>", problem);

    [Theory]
    [InlineData("a = 1 KiB\n{|#0:b 2 KiB|}\n", "'b 2 KiB' is not 'NAME = SIZE'")]
    [InlineData("\n{|#0:a = 7|}", "'7' has no unit; write one of B, kB, MB, GB (1000) or KiB, MiB, GiB (1024)")]
    [InlineData("a = 7 B\n{|#0:<<<<<<< HEAD|}\n", "two changes met here and were not merged: keep both sides and run the update, or add `*.baseline.txt merge=union` to .gitattributes")]
    public async Task ABaselineThatDoesNotParse(string markup, string problem) => await Fires("UKN4013", "/p/unikernel.baseline.txt", markup, problem);

    [Fact]
    public async Task ABudgetOfAnotherName()
    {
        Verify.Test test = Verify.Of("UKN4010", Program, "build_property.UnikernelBudgetFile = ../limits/small.json\n");
        test.TestState.AdditionalFiles.Add(("/limits/small.json", "{|#0:[]|}"));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("UKN4010", DiagnosticSeverity.Error).WithLocation(0).WithArguments("a budget is an object: { \"budgets\": [ … ] }"));
        await test.RunAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("UKN4010", Budget, "// limits\n{ \"budgets\": [ { \"target\": \"image\", \"limit\": \"700 kB\", }, ] }")]
    [InlineData("UKN4010", "/p/appsettings.json", Malformed)]
    [InlineData("UKN4010", "/p/App.csproj", "<Project><ItemGroup><UnikernelBudget Include=\"image\" Limit=\"$(Most)\" /><UnikernelBudget Include=\"@(Parts)\" Limit=\"x\" /></ItemGroup></Project>")]
    [InlineData("UKN4010", "/p/App.csproj", "<Project><ItemGroup><UnikernelBudget Include=\"image\" Limit=\"2 MB\" Growth=\"1 %\" Owner=\"me\" /><UnikernelBudget Include=\"image\" /><UnikernelBudget Remove=\"x\" /></ItemGroup></Project>")]
    [InlineData("UKN4010", "/p/App.csproj", "<Project><ItemGroup><UnikernelBudget Include=\"image\" Limit=\"x\"")]
    [InlineData("UKN4013", "/p/unikernel.baseline.txt", "# title\n\na!b = 1 KiB\r\n\nc = 5 B\n")]
    [InlineData("UKN4013", "/p/notes.txt", Unmerged)]
    public async Task Silent(string id, string path, string text)
    {
        Verify.Test test = Verify.Of(id, Program);
        test.TestState.AdditionalFiles.Add((path, text));
        await test.RunAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("UKN4010", Budget, Malformed)]
    [InlineData("UKN4013", "/p/unikernel.baseline.txt", Unmerged)]
    public async Task PropertyOffAndSuppressedByGlobalConfig(string id, string path, string text)
    {
        Verify.Test off = Verify.Of(id, Program);
        off.TestState.AnalyzerConfigFiles.Clear();
        off.TestState.AdditionalFiles.Add((path, text));
        await off.RunAsync(CancellationToken.None);

        Verify.Test suppressed = Verify.Of(id, Program, $"dotnet_diagnostic.{id}.severity = none\n");
        suppressed.TestState.AdditionalFiles.Add((path, text));
        await suppressed.RunAsync(CancellationToken.None);
    }

    private static async Task Fires(string id, string path, string markup, string problem)
    {
        Verify.Test test = Verify.Of(id, Program);
        test.TestState.AdditionalFiles.Add((path, markup));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult(id, DiagnosticSeverity.Error).WithLocation(0).WithArguments(problem));
        await test.RunAsync(CancellationToken.None);
    }
}
