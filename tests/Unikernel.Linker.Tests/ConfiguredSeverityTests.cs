using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>A rule is as loud at publish as .editorconfig and .globalconfig make it.</summary>
public sealed class ConfiguredSeverityTests : IDisposable
{
    private const string Call = "System.Diagnostics.Process.Start(\"x\");";

    private static readonly string s_surface = Path.Combine(AppContext.BaseDirectory, "os-surface.json");

    private readonly string _folder = Directory.CreateTempSubdirectory("ukn-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = none", null)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = silent", null)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = suggestion", Severity.Info)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = warning", Severity.Warning)]
    [InlineData("[*.cs]\ndotnet_diagnostic.ukn1001.severity = error", Severity.Error)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = default", Severity.Warning)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1012.severity = none", Severity.Warning)]
    [InlineData("[*.vb]\ndotnet_diagnostic.UKN1001.severity = none", Severity.Warning)]
    [InlineData("[{Other,Test}.cs]\ndotnet_diagnostic.UKN1001.severity = none", null)]
    [InlineData("[sub/*.cs]\ndotnet_diagnostic.UKN1001.severity = none", Severity.Warning)]
    [InlineData("[*.cs]\ndotnet_diagnostic.UKN1001.severity = error\n[Test.cs]\ndotnet_diagnostic.UKN1001.severity = none", null)]
    [InlineData("[*.cs]\ndotnet_analyzer_diagnostic.category-Platform.severity = none", null)]
    [InlineData("[*.cs]\ndotnet_analyzer_diagnostic.severity = error", Severity.Error)]
    [InlineData("[*.cs]\ndotnet_analyzer_diagnostic.severity = error\ndotnet_diagnostic.UKN1001.severity = suggestion", Severity.Info)]
    [InlineData("is_global = true\ndotnet_diagnostic.UKN1001.severity = none", null, ".globalconfig")]
    [InlineData("is_global = true\ndotnet_diagnostic.UKN1001.severity = error", Severity.Error, "team.txt")]
    public void One_file(string config, Severity? expected, string name = ".editorconfig") =>
        Assert.Equal(expected, Link([Write(name, config)]).SingleOrDefault()?.Severity);

    [Fact]
    public void The_nearer_file_wins_and_a_section_wins_over_a_global_file()
    {
        string global = Write("a.globalconfig", "is_global = true\ndotnet_diagnostic.UKN1001.severity = none");
        string outer = Write(".editorconfig", "[*.cs]\ndotnet_diagnostic.UKN1001.severity = error");
        Assert.Equal(Severity.Error, Assert.Single(Link([global, outer])).Severity);
        string inner = Write("src/.editorconfig", "[*.cs]\ndotnet_diagnostic.UKN1001.severity = suggestion");
        Assert.Equal(Severity.Info, Assert.Single(Link([global, outer, inner], "src/Test.cs")).Severity);
        Assert.Equal(Severity.Error, Assert.Single(Link([global, outer, inner], "Test.cs")).Severity);
        File.AppendAllText(inner, "\nroot = true"); // not at the beginning: no property of the file
        Assert.Equal(Severity.Info, Assert.Single(Link([global, outer, inner], "src/Test.cs")).Severity);
    }

    [Fact]
    public void Warnings_as_errors_are_those_that_are_warnings_then()
    {
        Assert.Equal(Severity.Info, Assert.Single(Link([Write(".editorconfig", "[*.cs]\ndotnet_diagnostic.UKN1001.severity = suggestion")], "Test.cs", "--warnaserror")).Severity);
        Assert.Equal(Severity.Error, Assert.Single(Link([Write(".editorconfig", "[*.cs]\ndotnet_diagnostic.UKN1001.severity = warning")], "Test.cs", "--warnaserror")).Severity);
        Assert.Empty(Link([Write(".editorconfig", "[*.cs]\ndotnet_diagnostic.UKN1001.severity = error")], "Test.cs", "--nowarn", "UKN1001"));
    }

    [Fact]
    public void What_is_an_error_by_itself_stays_one()
    {
        string config = Write(".globalconfig", "is_global = true\ndotnet_diagnostic.UKN2104.severity = none");
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("Test.cs", Call)], "--analyzer-config", config, "-r", "/nowhere/lib.dll");
        Assert.Equal("UKN2104", Assert.Single(program.Messages).Rule.Id);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private IReadOnlyList<Message> Link(string[] configs, string source = "Test.cs", params string[] arguments)
    {
        using LinkedProgram program = LinkedProgram.LinkMainOnly(
            [(Path.Combine(_folder, source), Call)],
            [.. arguments, "--unprovided", "stub", "--surface", s_surface, .. configs.SelectMany(config => new[] { "--analyzer-config", config })]);
        return program.Messages;
    }
}
