using System.Reflection;
using System.Text.RegularExpressions;
using Unikernel.Diagnostics;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>Nothing of a rule may be missing: registry entry, text, page, case.</summary>
public class RegistryTests
{
    private static readonly Rule[] s_rules =
    [
        .. typeof(Rule).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: true, IsSealed: true, Namespace: "Unikernel.Diagnostics" })
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(Rule))
            .Select(field => (Rule)field.GetValue(null)!),
    ];

    public static TheoryData<string> AllIds => [.. s_rules.Select(rule => rule.Id)];

    public static TheoryData<string> AnalyzerIds => [.. Verify.Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Select(rule => rule.Id).Distinct()];

    [Fact]
    public void IdsAreUnique() => Assert.Equal(s_rules.Length, s_rules.Select(rule => rule.Id).Distinct().Count());

    [Theory]
    [MemberData(nameof(AllIds))]
    public void EveryIdHasAPageWithAllSections(string id)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "rules", id + ".md");
        Assert.True(File.Exists(path), $"docs/rules/{id}.md is missing");
        string page = File.ReadAllText(path);
        Rule rule = s_rules.Single(candidate => candidate.Id == id);
        Assert.StartsWith($"# {id}: {rule.Title}\n", page);
        foreach (string section in new[] { "Cause", "Why on a unikernel", "How to fix", "When to suppress", "Configuration", "Example", "Known limitations" })
        {
            Assert.Matches(new Regex($"^## {section}\n+[^#\n]", RegexOptions.Multiline), page);
        }
    }

    [Theory]
    [MemberData(nameof(AllIds))]
    public void EveryTextIsWhole(string id)
    {
        Rule rule = s_rules.Single(candidate => candidate.Id == id);
        Assert.Matches("^UKN[1-59][0-9]{3}$", rule.Id);
        Assert.False(rule.Title.EndsWith('.'), "a title has no full stop");
        // RS1032's shape: one sentence without a full stop, or several with one at the end.
        Assert.Equal(rule.Message.Contains(". ", StringComparison.Ordinal), rule.Message.EndsWith('.'));
        Assert.NotEmpty(rule.Category);
        Assert.EndsWith(rule.Id + ".md", rule.HelpLink);
    }

    [Theory]
    [MemberData(nameof(AnalyzerIds))]
    public void EveryAnalyzerRuleHasACase(string id)
    {
        // What has no place in the source is shown by CapabilityTests, ProjectFileTests and BudgetFileTests.
        Assert.True(id == "UKN1021" || ProjectFileTests.Ids.Contains(id) || BudgetFileTests.Ids.Contains(id) || File.Exists(Path.Combine(RuleCase.Folder, id + ".txt")), $"Cases/{id}.txt is missing");
        Assert.Contains(s_rules, rule => rule.Id == id);
    }

    /// <summary>Release tracking: the row of a rule says what the rule says of itself.</summary>
    [Theory]
    [MemberData(nameof(AnalyzerIds))]
    public void EveryAnalyzerRuleHasARowInTheReleaseFiles(string id)
    {
        Microsoft.CodeAnalysis.DiagnosticDescriptor rule = Verify.Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).First(candidate => candidate.Id == id);
        string[] rows =
        [
            .. Directory.EnumerateFiles(AppContext.BaseDirectory, "AnalyzerReleases.*.md").SelectMany(File.ReadLines)
                .Where(line => line.StartsWith(id + " |", StringComparison.Ordinal)),
        ];
        string row = Assert.Single(rows);
        string[] cells = row.Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(rule.Category, cells[1]);
        Assert.Equal(rule.DefaultSeverity.ToString(), cells[2]);
        Assert.Contains(rule.Title.ToString(System.Globalization.CultureInfo.InvariantCulture), cells[3]);
    }

    [Fact]
    public void EveryFixHasItsRule() =>
        Assert.All(Verify.Fixes.SelectMany(fix => fix.FixableDiagnosticIds), id => Assert.Contains(s_rules, rule => rule.Id == id));

    /// <summary>A set of severities names every rule, so that a new one is decided on in each.</summary>
    [Theory]
    [InlineData("strict")]
    [InlineData("server")]
    [InlineData("quiet")]
    public void EverySetOfSeveritiesNamesEveryRule(string mode)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "config", mode + ".globalconfig"));
        Assert.Equal(Verify.Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Select(rule => rule.Id).Distinct().Order(StringComparer.Ordinal), lines.Select(line => Regex.Match(line, @"^dotnet_diagnostic\.(UKN\d{4})\.severity = (error|warning|suggestion|none)$"))
            .Where(match => match.Success).Select(match => match.Groups[1].Value));
    }
}
