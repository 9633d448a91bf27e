using System.Text;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>What the source switches off with a directive is not reported at publish either.</summary>
public sealed class PragmaTests : IDisposable
{
    private static readonly string s_surface = Path.Combine(AppContext.BaseDirectory, "os-surface.json");

    private readonly string _folder = Directory.CreateTempSubdirectory("ukn-pragma-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void APragmaAroundACallSilencesItsWarning()
    {
        string file = Write("""
            using System.Diagnostics;
            Process.Start("reported");
            #pragma warning disable UKN1001 // it is never called
            Process.Start("silent");
            #pragma warning restore UKN1001
            Process.Start("reported again");
            """);
        Assert.Equal([2, 6], Lines(file));
    }

    [Fact]
    public void AFileThatIsNotTheOneThatWasCompiledSilencesNothing()
    {
        string file = Write("#pragma warning disable\nSystem.Diagnostics.Process.Start(\"x\");");
        string source = File.ReadAllText(file);
        Assert.Empty(Lines(file));
        File.AppendAllText(file, "\n");
        Assert.Equal([2], Lines(file, source));
        File.Delete(file);
        Assert.Equal([2], Lines(file, source));
    }

    /// <summary>The paths of a deterministic build lead back to the sources.</summary>
    [Fact]
    public void MappedPathsAreFound()
    {
        string file = Write("#pragma warning disable UKN1001\nSystem.Diagnostics.Process.Start(\"silent\");\n#pragma warning restore\nSystem.Diagnostics.Process.Start(\"x\");");
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("/_/test.cs", File.ReadAllText(file))], "--unprovided", "stub", "--surface", s_surface, "--source-root", "/_/=" + _folder);
        Message message = Assert.Single(program.Messages);
        Assert.Equal((file, 4), (message.Location!.Value.File, message.Location.Value.Line));
    }

    [Theory]
    [InlineData("of another warning", "#pragma warning disable UKN1012, CS0168\n!", false)]
    [InlineData("one of several", "#pragma warning disable CS0168, UKN1001\n!", true)]
    [InlineData("all", "#pragma warning disable\n!", true)]
    [InlineData("all but one", "#pragma warning disable\n#pragma warning restore UKN1001\n!", false)]
    [InlineData("all and back", "#pragma warning disable\n#pragma warning restore\n!", false)]
    [InlineData("one, then all back", "#pragma warning disable UKN1001\n#pragma warning restore\n!", false)]
    [InlineData("behind the call", "!\n#pragma warning disable UKN1001", false)]
    [InlineData("spaces", "  #  pragma   warning\tdisable   UKN1001\n!", true)]
    [InlineData("without warning", "#pragma disable UKN1001\n!", false)]
    [InlineData("in a comment", "/* a comment\n#pragma warning disable UKN1001\n*/\n!", false)]
    [InlineData("behind a comment", "/* a comment */ // and \" another\n#pragma warning disable UKN1001\n!", true)]
    [InlineData("in a verbatim string", "_ = @\"a \"\" string\n#pragma warning disable UKN1001\n\";\n!", false)]
    [InlineData("in an interpolated verbatim string", "_ = @$\"a string\n#pragma warning disable UKN1001\n\";\n!", false)]
    [InlineData("in a raw string", "_ = \"\"\"\n\"\n#pragma warning disable UKN1001\n\"\"\";\n!", false)]
    [InlineData("behind strings", "_ = \"/* \\\" \" + '\"' + @\"\\\" + \"\"\"a\"b\"\"\";\n#pragma warning disable UKN1001\n!", true)]
    [InlineData("in the call's branch", "#if X\n#pragma warning disable UKN1001\n!\n#endif", true)]
    [InlineData("in another branch", "#if X\n#pragma warning disable UKN1001\n#else\n!\n#endif", false)]
    [InlineData("in a branch before", "#if X\n#pragma warning disable UKN1001\n#endif\n!", false)]
    [InlineData("in both branches before", "#if X\n#pragma warning disable UKN1001\n#else\n#pragma warning disable\n#endif\n!", true)]
    [InlineData("in two of three branches", "#if X\n#pragma warning disable UKN1001\n#elif Y\n#pragma warning disable\n#endif\n!", false)]
    [InlineData("back in one branch", "#pragma warning disable UKN1001\n#if X\n#pragma warning restore UKN1001\n#endif\n!", false)]
    [InlineData("through a branch", "#pragma warning disable UKN1001\n#if X\n#pragma warning disable CS0168\n#endif\n!", true)]
    [InlineData("an end too many", "#endif\n#pragma warning disable UKN1001\n!", true)]
    public void Regions(string what, string source, bool disabled)
    {
        int line = Array.FindIndex(source.Split('\n'), text => text == "!") + 1;
        Assert.True(disabled == WarningRegions.OfCSharp(new StringReader(source)).IsDisabled(line, "UKN1001"), what);
    }

    [Theory]
    [InlineData("#Disable Warning UKN1001 ' it is never called\n!", true)]
    [InlineData("#disable warning\n!", true)]
    [InlineData("#Disable Warning UKN1001, BC42024\n#Enable Warning UKN1001\n!", false)]
    [InlineData("#If X Then\n#Disable Warning UKN1001\n#End If\n!", false)]
    [InlineData("#If X Then\n#Disable Warning UKN1001\n#Else\n!\n#End If", false)]
    [InlineData("#Region \"x\"\n#Disable Warning UKN1001\n#End Region\n!", true)]
    public void RegionsOfVisualBasic(string source, bool disabled)
    {
        int line = Array.FindIndex(source.Split('\n'), text => text == "!") + 1;
        Assert.Equal(disabled, WarningRegions.OfVisualBasic(new StringReader(source)).IsDisabled(line, "UKN1001"));
    }

    private string Write(string source)
    {
        string file = Path.Combine(_folder, "test.cs");
        File.WriteAllText(file, source, Encoding.UTF8);
        return file;
    }

    private static IEnumerable<int> Lines(string file, string? source = null)
    {
        using LinkedProgram program = LinkedProgram.LinkMainOnly([(file, source ?? File.ReadAllText(file))], "--unprovided", "stub", "--surface", s_surface);
        Assert.All(program.Messages, message => Assert.Equal(("UKN1001", file), (message.Rule.Id, message.Location!.Value.File)));
        return program.Messages.Select(message => message.Location!.Value.Line);
    }
}
