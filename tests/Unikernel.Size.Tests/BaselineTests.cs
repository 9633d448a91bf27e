using Unikernel.Diagnostics;
using Unikernel.Size.Budgets;
using Unikernel.Size.Model;

namespace Unikernel.Size.Tests;

/// <summary>The committed sizes: what is in them, and that two people's changes merge.</summary>
public class BaselineTests
{
    private static SizeReport Report(long program = 447, long table = 90, long text = 70_000) => TinyImage.Of(
        ("managed|App|App|Program|Main()", program), ("managed|App|App|Table|Fill()", table), ("managed|System.Private.CoreLib|System.Text|StringBuilder|Append(Char)", text),
        ("native|core.a|memory.c.o|memcpy", 1000), ("files|wwwroot|index.html", 333), ("image|padding|.text", 99));

    [Fact]
    public void ItIsSortedAndOwnTypesAreExact()
    {
        string[] lines = [.. Baseline.Of(Report()).ToString().Split('\n').Where(l => l.Contains('=', StringComparison.Ordinal))];
        Assert.Equal(["App!App.Program = 447 B", "App!App.Table = 90 B", "System.Private.CoreLib!System.Text = 69 KiB", "core.a = 1 KiB", "files/wwwroot/index.html = 333 B"], lines);
    }

    [Fact]
    public void ItIsReadBackAsItWas()
    {
        Baseline written = Baseline.Of(Report());
        Assert.Equal(written.Parts, Baseline.Parse("x", written.ToString()).Parts);
        Assert.Equal(written.ToString(), Baseline.Parse("x", written.ToString()).ToString());
    }

    [Fact]
    public void SmallGrowthOfThePlatformChangesNoLine() => Assert.Equal(Baseline.Of(Report()).ToString(), Baseline.Of(Report(text: 70_400)).ToString());

    [Theory] // UKN4013
    [InlineData("App!App.Program 447", "'App!App.Program 447' is not 'NAME = SIZE'")]
    [InlineData("App!App.Program = 447", "has no unit")]
    [InlineData("<<<<<<< HEAD", "merge=union")]
    public void WhatIsNoLineIsAnErrorAtItsLine(string line, string problem)
    {
        var error = Assert.Throws<FindingException>(() => Baseline.Parse("a.baseline.txt", "# title\n\n" + line + "\n"));
        Assert.Equal((SizeRules.BaselineUnreadable, "a.baseline.txt", 3), (error.Finding.Rule, error.Finding.File, error.Finding.Line));
        Assert.Contains(problem, error.Finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoPeoplesChangesMerge(bool sameLine)
    {
        string folder = Directory.CreateTempSubdirectory("unikernel-baseline-").FullName;
        string file = Path.Combine(folder, "unikernel.baseline.txt");
        void Git(params string[] arguments) => Command.Run(folder, "git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", .. arguments]).Succeeded();
        void Commit(string text)
        {
            File.WriteAllText(file, text);
            Git("add", "-A");
            Git("commit", "-q", "-m", "sizes");
        }

        Git("init", "-q");
        if (sameLine)
            File.WriteAllText(Path.Combine(folder, ".gitattributes"), "*.baseline.txt merge=union\n");
        Commit(Baseline.Of(Report()).ToString());
        Git("checkout", "-q", "-b", "ann");
        Commit(Baseline.Of(Report(program: 800)).ToString());
        Git("checkout", "-q", "main");
        Commit(Baseline.Of(sameLine ? Report(program: 600) : Report(table: 250)).ToString()); // the neighbouring line, or the same one
        Git("merge", "-q", "--no-edit", "ann");
        Baseline merged = Baseline.Parse(file, File.ReadAllText(file));
        Assert.Equal(800, merged.Parts["App!App.Program"]);
        Assert.Equal(sameLine ? 90 : 250, merged.Parts["App!App.Table"]);
        Directory.Delete(folder, recursive: true);
    }
}
