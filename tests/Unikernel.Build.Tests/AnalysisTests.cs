using System.Text.Json;
using System.Text.RegularExpressions;
using Unikernel.Diagnostics;

namespace Unikernel.Build.Tests;

/// <summary>
/// The analyzers as a new user meets them: a project outside of the repository with the one SDK line (Assets/EachRuleOnce), which breaks each rule
/// once, at a line that ends in a comment with the rule's id.
/// </summary>
public sealed partial class AnalysisTests : IDisposable
{
    private static readonly string s_assets = Path.Combine(AppContext.BaseDirectory, "Assets", "EachRuleOnce");

    private static readonly Dictionary<string, Rule> s_rules = typeof(Rule).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: true, IsSealed: true, Namespace: "Unikernel.Diagnostics" })
        .SelectMany(type => type.GetFields())
        .Where(field => field.FieldType == typeof(Rule))
        .Select(field => (Rule)field.GetValue(null)!)
        .ToDictionary(rule => rule.Id, StringComparer.Ordinal);

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void EachRuleIsSeenOnceAtItsLineWithTextAndHelpLink()
    {
        CopyAssets();
        List<(string Place, string Id)> expected = [], found = [];
        foreach (string project in new[] { "Each", "Capabilities" })
        {
            expected.AddRange(Marked(project));
            Outcome build = Build(project);
            foreach (Match match in Warnings(build))
            {
                string id = match.Groups["id"].Value;
                found.Add((Path.GetRelativePath(_project.Folder, match.Groups["file"].Value) + ":" + match.Groups["line"].Value, id));
                Assert.Matches("^" + Regex.Replace(Regex.Escape(s_rules[id].Message), @"\\\{\d}", ".+") + "$", match.Groups["text"].Value);
                Assert.Equal(s_rules[id].HelpLink, match.Groups["help"].Value);
            }
        }

        Assert.Equal(expected.Order(), found.Order());
        Assert.Equal(AnalyzerIds(), found.Select(entry => entry.Id).Order(StringComparer.Ordinal)); // every rule, and each once
    }

    [Fact]
    public void WithoutAnEditorConfigSeveritiesAreTheRegistrysAndTheSarifFileHasTheSameWords()
    {
        CopyAssets();
        File.Delete(_project[".editorconfig"]);
        File.Delete(_project[".globalconfig"]);
        Outcome build = Build("Each", "-p:ErrorLog=each.sarif%2Cversion=2.1");
        Dictionary<string, string> lines = Warnings(build).ToDictionary(match => match.Groups["id"].Value, match => match.Groups["text"].Value);
        Assert.Equal(Marked("Each").Select(mark => mark.Id).Where(id => s_rules[id].Level == RuleLevel.Warning).Order(), lines.Keys.Order());

        using JsonDocument sarif = JsonDocument.Parse(File.ReadAllText(_project["Each/each.sarif"]));
        JsonElement run = sarif.RootElement.GetProperty("runs")[0];
        Dictionary<string, JsonElement> results = run.GetProperty("results").EnumerateArray()
            .Where(result => result.GetProperty("ruleId").GetString()!.StartsWith("UKN", StringComparison.Ordinal))
            .ToDictionary(result => result.GetProperty("ruleId").GetString()!);
        Dictionary<string, string?> help = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()
            .Where(rule => rule.TryGetProperty("helpUri", out _))
            .ToDictionary(rule => rule.GetProperty("id").GetString()!, rule => rule.GetProperty("helpUri").GetString());
        Assert.Equal(Marked("Each").Select(mark => mark.Id).Order(), results.Keys.Order());
        foreach ((string id, JsonElement result) in results)
        {
            string text = result.GetProperty("message").GetProperty("text").GetString()!;
            Assert.Equal(s_rules[id].Level == RuleLevel.Warning ? "warning" : "note", result.GetProperty("level").GetString());
            Assert.Equal(lines.GetValueOrDefault(id, text), text);
            Assert.Equal(s_rules[id].HelpLink, help[id]);
        }
    }

    [Fact]
    public void EditorConfigPragmaAndAttributeDecide()
    {
        _project.WriteProject("App", """
            using System.Diagnostics;
            using System.Diagnostics.CodeAnalysis;
            Process.Start("error");
            #pragma warning disable UKN1001
            Process.Start("pragma");
            #pragma warning restore UKN1001
            Console.Title = "none";
            A.Suppressed();
            static class A
            {
                [SuppressMessage("Platform", "UKN1001", Justification = "shown")]
                public static void Suppressed() => Process.Start("attribute");
            }
            """);
        _project.Write(".editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.UKN1001.severity = error\ndotnet_diagnostic.UKN1007.severity = none\n");
        Outcome build = _project.Dotnet("build", "-nologo", "-tl:off").Failed();
        string[] errors = [.. Regex.Matches(build.Output, @"^.*(error|warning) UKN.*$", RegexOptions.Multiline).Select(match => match.Value.Trim()).Distinct()];
        Assert.Contains("Program.cs(3,1): error UKN1001", Assert.Single(errors), StringComparison.Ordinal);
    }

    /// <summary>At publish the linker says it, of code that is reached, by the same files.</summary>
    [Fact]
    public void EditorConfigDecidesAtPublishToo()
    {
        _project.WriteProject("App", "Loud.Call(); Quiet.Call();");
        _project.Write("Loud.cs", "static class Loud { public static void Call() => System.Diagnostics.Process.Start(\"x\"); }");
        _project.Write("Quiet.cs", "static class Quiet { public static void Call() => System.Diagnostics.Process.Start(\"x\"); }");
        _project.Write(".editorconfig", "root = true\n[Quiet.cs]\ndotnet_diagnostic.UKN1001.severity = none\n");
        Assert.Equal(["Loud.cs"], Files(_project.Publish().Succeeded()));

        // Said once, by the linker, also where a severity is given. What is not reached is not said.
        _project.Write("Unreached.cs", "static class Unreached { public static void Call() => System.Diagnostics.Process.Start(\"x\"); }");
        _project.Write(".editorconfig", "root = true\n[Quiet.cs]\ndotnet_diagnostic.UKN1001.severity = none\n[{Loud,Unreached}.cs]\ndotnet_diagnostic.UKN1001.severity = warning\n");
        Outcome said = _project.Publish().Succeeded();
        Assert.Equal(["Loud.cs"], Files(said));
        Assert.Single(Regex.Matches(said.Output, "^.*warning UKN1001.*$", RegexOptions.Multiline).Select(match => match.Value.Trim()).Distinct());

        // A changed severity links again.
        _project.Write(".editorconfig", "root = true\n[{Quiet,Loud}.cs]\ndotnet_diagnostic.UKN1001.severity = none\n");
        Assert.Empty(Files(_project.Publish().Succeeded()));

        static IEnumerable<string> Files(Outcome outcome) => Regex.Matches(outcome.Output, @"(\w+\.cs)\(\d+,\d+\): warning UKN1001").Select(match => match.Groups[1].Value).Distinct();
    }

    [Theory]
    [InlineData("strict", 1, 1)]
    [InlineData("server", 0, 2)]
    [InlineData("quiet", 0, 1)]
    [InlineData("default", 0, 1)]
    public void AModeIsASetOfSeverities(string mode, int errors, int warnings)
    {
        _project.WriteProject("App", """
            System.Diagnostics.Process.Start("x");
            while (true) { System.GC.Collect(); }
            """, $"<UnikernelAnalysisMode>{mode}</UnikernelAnalysisMode>");
        string output = _project.Dotnet("build", "-nologo", "-tl:off").Output;
        Assert.Equal((errors, warnings), (Count("error UKN1001"), Count("warning UKN")));

        int Count(string text) => output.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal)).Distinct().Count();
    }

    [Fact]
    public void AnUnknownModeAndAnUnknownRuleAreErrors()
    {
        _project.WriteProject("App", "", "<UnikernelAnalysisMode>loud</UnikernelAnalysisMode>");
        Assert.Contains("error UKN5009: UnikernelAnalysisMode is 'loud'. It takes default, strict, server or quiet.", _project.Dotnet("build", "-nologo", "-tl:off").Failed().Output, StringComparison.Ordinal);
        Assert.Contains("error UKN5009: UnikernelRule is 'UKN0'.", _project.Dotnet("build", "-t:UnikernelHelp", "-p:UnikernelRule=UKN0", "-tl:off").Failed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePageOfARuleIsInThePackage()
    {
        _project.WriteProject("App", "");
        string output = _project.Dotnet("build", "-nologo", "-tl:off", "-t:UnikernelHelp", "-p:UnikernelRule=UKN1001").Succeeded().Output;
        Assert.Contains("# UKN1001: API that no unikernel has", output, StringComparison.Ordinal);
        string path = Regex.Match(output, @"\S+UKN1001\.md").Value;
        Assert.True(File.Exists(path), path);
    }

    /// <summary>`dotnet format analyzers` applies every fix that the package has, as the file beside the source has it.</summary>
    [Fact]
    public void DotnetFormatAppliesEveryFix()
    {
        CopyAssets();
        File.Delete(_project["Each/Program.fixed"]);
        _project.Dotnet("restore", "Each", "-v", "q").Succeeded();
        string[] fixable = [.. Marked("Each").Select(mark => mark.Id).Where(id => FixedIds().Contains(id))];
        Outcome format = _project.Dotnet(["format", "analyzers", "Each/Each.csproj", "--no-restore", "--severity", "info", "-v", "n", "--diagnostics", .. fixable]);
        format.Succeeded();
        Assert.DoesNotContain("Unable to fix", format.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(s_assets, "Each", "Program.fixed")), File.ReadAllText(_project["Each/Program.cs"]));
    }

    [Theory]
    [InlineData("web")]
    [InlineData("worker")]
    public void ATemplateIsAnalysedAndHasNothingToReport(string template)
    {
        _project.Dotnet("new", template, "-n", "App", "-o", ".").Succeeded();
        AddSdkLine("App.csproj");
        _project.Write(".globalconfig", "is_global = true\n" + string.Concat(AnalyzerIds().Select(id => $"dotnet_diagnostic.{id}.severity = warning\n")));
        Assert.DoesNotContain("UKN", _project.Dotnet("build", "-nologo", "-tl:off").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("Unikernel.Analyzers.dll", Analyzers("App.csproj"), StringComparison.Ordinal);
    }

    [Fact]
    public void ALibraryWithoutTheSdkLineAndOneThatIsSharedPayNothing()
    {
        _project.Dotnet("new", "classlib", "-n", "Lib", "-o", ".").Succeeded();
        Assert.DoesNotContain("Unikernel", Analyzers("Lib.csproj"), StringComparison.Ordinal);
        AddSdkLine("Lib.csproj");
        Assert.DoesNotContain("Unikernel", Analyzers("Lib.csproj"), StringComparison.Ordinal);
        Assert.Contains("Unikernel.Analyzers.dll", Analyzers("Lib.csproj", "-p:UnikernelAnalysis=true"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheAnalyzersAreAPackageOfTheirOwn()
    {
        _project.WriteProject("App", "System.Diagnostics.Process.Start(\"x\");", "<InvariantGlobalization>false</InvariantGlobalization>",
            $"""<PackageReference Include="Unikernel.Analyzers" Version="{Repository.Version}" PrivateAssets="all" /><UnikernelCapability Include="Nothing" />""", sdk: "");
        string output = _project.Dotnet("build", "-nologo", "-tl:off").Succeeded().Output;
        Assert.Contains("Program.cs(1,1): warning UKN1001", output, StringComparison.Ordinal);
        Assert.Matches(@"App\.csproj\(11,\d+\): warning UKN1022: There is no capability Nothing", output);
        Assert.Matches(@"App\.csproj\(8,5\): warning UKN1023", output);
    }

    /// <summary>Through the graph of the restore: the reference that the project wrote is the one that is told.</summary>
    [Fact]
    public void ASharedLibraryIsReportedAtTheReferenceThatBringsIt()
    {
        _project.WriteProject("App", "return;", items: """<PackageReference Include="SQLitePCLRaw.bundle_e_sqlite3" Version="2.1.13" />""");
        Assert.Matches(@"App\.csproj\(11,5\): warning UKN1014: The package SQLitePCLRaw\.lib\.e_sqlite3 2\.1\.13 brings libe_sqlite3\.so", _project.Dotnet("build", "-nologo", "-tl:off").Succeeded().Output);
        _project.WriteProject("App", "return;", items: """<PackageReference Include="SQLitePCLRaw.bundle_e_sqlite3" Version="2.1.13" /><UnikernelIgnoredNativeLibrary Include="e_sqlite3" />""");
        Assert.DoesNotContain("UKN1014", _project.Dotnet("build", "-nologo", "-tl:off").Succeeded().Output, StringComparison.Ordinal);
    }

    // The summary of a build prints each line again.
    private static IEnumerable<Match> Warnings(Outcome build) => WarningLine().Matches(build.Output).DistinctBy(match => match.Value.Trim());

    private void CopyAssets()
    {
        foreach (string file in Directory.EnumerateFiles(s_assets, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
            _project.Write(Path.GetRelativePath(s_assets, file), File.ReadAllText(file));
    }

    private Outcome Build(string project, params string[] more) => _project.Dotnet(["build", project, "-nologo", "-tl:off", .. more]).Succeeded();

    private IEnumerable<(string Place, string Id)> Marked(string project) =>
        from file in Directory.EnumerateFiles(_project[project])
        where Path.GetExtension(file) is ".cs" or ".csproj" or ".json" or ".txt"
        from line in File.ReadLines(file).Select((text, index) => (Text: text, Number: index + 1))
        from Match match in Marker().Matches(line.Text)
        select ($"{Path.GetRelativePath(_project.Folder, file)}:{line.Number}", match.Groups[1].Value);

    private string Analyzers(string project, params string[] more) => _project.Dotnet(["msbuild", project, "-getItem:Analyzer", "-nologo", .. more]).Succeeded().Output;

    private static IEnumerable<string> AnalyzerIds() =>
        File.ReadLines(Path.Combine(Repository.Root, "analyzers", "Unikernel.Analyzers", "AnalyzerReleases.Unshipped.md"))
            .Where(line => line.StartsWith("UKN", StringComparison.Ordinal)).Select(line => line[..7]).Order(StringComparer.Ordinal);

    private static HashSet<string> FixedIds() =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "analyzers", "Unikernel.CodeFixes", "Rules"), "UKN*.cs").Select(file => Path.GetFileName(file)[..7])];

    private void AddSdkLine(string file)
    {
        string text = File.ReadAllText(_project[file]);
        int end = text.IndexOf('>', StringComparison.Ordinal) + 1;
        File.WriteAllText(_project[file], text.Insert(end, "\n  " + TestProject.SdkLine));
    }

    [GeneratedRegex(@"^ *(?<file>/[^(\n]+)\((?<line>\d+),\d+\): warning (?<id>UKN\d{4}): (?<text>.*) \((?<help>http\S+)\)( \[[^]]*\])?$", RegexOptions.Multiline)]
    private static partial Regex WarningLine();

    [GeneratedRegex(@"(?://|<!--) (UKN\d{4})(?: -->)?$")]
    private static partial Regex Marker();
}
