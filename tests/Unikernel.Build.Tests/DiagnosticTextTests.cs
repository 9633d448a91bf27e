using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Unikernel.Diagnostics;

namespace Unikernel.Build.Tests;

/// <summary>The targets carry their texts in place; they are those of the registry, and every id of ours is tested.</summary>
public class DiagnosticTextTests
{
    private static readonly Rule[] s_rules = [.. typeof(BuildRules).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (Rule)field.GetValue(null)!)];

    public static TheoryData<string, string, string> Errors
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "msbuild", "Unikernel.Sdk", "build"), "*.targets"))
                foreach (XElement error in XDocument.Load(file).Descendants().Where(element => element.Name.LocalName is "Error" or "Warning"))
                    data.Add(Path.GetFileName(file), (string?)error.Attribute("Code") ?? "", error.ToString());
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void EveryErrorOfTheTargetsIsInTheRegistry(string file, string code, string xml)
    {
        XElement error = XElement.Parse(xml);
        Rule? rule = s_rules.SingleOrDefault(candidate => candidate.Id == code) ?? (code == SizeRules.SizeUsage.Id ? SizeRules.SizeUsage : null);
        Assert.True(rule is not null, $"{file}: '{code}' is not registered");
        Assert.Equal($"$(_UnikernelHelp){code}.md", (string?)error.Attribute("HelpLink"));
        Assert.NotNull(error.Attribute("File"));

        // {n} of the registry stands for any text, here with references in it; %24 is MSBuild's escape of $.
        string pattern = "^" + Regex.Replace(Regex.Escape(rule.Message), @"\\\{\d}", ".+") + "$";
        Assert.Matches(pattern, ((string?)error.Attribute("Text"))!.Replace("%24", "$", StringComparison.Ordinal));
    }

    public static TheoryData<string> Ids => [.. s_rules.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void EveryIdHasATest(string id)
    {
        string tests = Path.Combine(Repository.Root, "tests", "Unikernel.Build.Tests");
        Assert.Contains(Directory.GetFiles(tests, "*Tests.cs"), file => !file.EndsWith("DiagnosticTextTests.cs", StringComparison.Ordinal) && File.ReadAllText(file).Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public void TheHelpLinkOfTheTargetsIsTheRegistrys() =>
        Assert.Contains($"<_UnikernelHelp>{Rule.HelpBase}</_UnikernelHelp>", File.ReadAllText(Path.Combine(Repository.Root, "msbuild", "Unikernel.Sdk", "Sdk", "Sdk.targets")), StringComparison.Ordinal);
}
