namespace Unikernel.Build.Tests;

/// <summary>
/// What a change runs again. Rows: kind of change; columns: Roslyn, ilc, ld.lld.
/// <code>
///                                   Csc  ilc  lld
/// nothing                            -    -    -
/// another output folder (-o)         -    -    -
/// C# source                          x    x    x
/// a property of ilc                  -    x    x
/// an argument for the linker         -    -    x
/// argument or variable of the image  -    -    x
/// the linker script                  -    -    x
/// the core                           -    -    x
/// </code>
/// The rows build on each other, so they are one test.
/// </summary>
public sealed class CacheTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void OnlyWhatAChangeConcernsRunsAgain()
    {
        string script = _project["copy.lds"], core = _project["copy.a"];
        _project.WriteProject("App", "System.Console.WriteLine(1);", "<LangVersion>latest</LangVersion>")
            .Write("Directory.Build.targets", "<Project><Import Project=\"extra.targets\" Condition=\"Exists('extra.targets')\" /></Project>");
        Expect("first", _project.PublishSteps(), compiled: true, ilc: true, linked: true);
        Expect("nothing", _project.PublishSteps());
        Expect("--no-restore", _project.PublishSteps("--no-restore"));

        string other = Path.Combine(_project.Top, "other folder");
        Expect("-o", _project.PublishSteps("-o", other));
        Assert.True(File.Exists(Path.Combine(other, "App.elf")) && File.Exists(Path.Combine(other, "App.elf.dbg")));

        _project.Write("Program.cs", "System.Console.WriteLine(2);");
        Expect("C#", _project.PublishSteps(), compiled: true, ilc: true, linked: true);

        Expect("property of ilc", _project.PublishSteps("-p:StackTraceSupport=false"), ilc: true, linked: true);
        Expect("same again", _project.PublishSteps("-p:StackTraceSupport=false"));

        File.Copy(Path.Combine(Repository.Package, "native", "unikernel.lds"), script);
        File.Copy(Path.Combine(Repository.Package, "native", "core.a"), core);
        string[] own = ["-p:StackTraceSupport=false", $"-p:UnikernelLinkerScript={script}", $"-p:UnikernelCorePath={core}"];
        Expect("own script", _project.PublishSteps(own), linked: true);
        Expect("own script again", _project.PublishSteps(own));
        File.AppendAllText(script, "/* changed */\n");
        Expect("changed script", _project.PublishSteps(own), linked: true);
        File.SetLastWriteTimeUtc(core, DateTime.UtcNow);
        Expect("changed core", _project.PublishSteps(own), linked: true);

        byte[] image = File.ReadAllBytes(_project.Published("App.elf"));
        Expect("machine's property", _project.PublishSteps([.. own, "-p:UnikernelMemory=64M"]));
        Assert.Equal(image, File.ReadAllBytes(_project.Published("App.elf")));
    }

    [Fact]
    public void CleanTakesTheImageAway()
    {
        _project.WriteProject("App", "System.Console.WriteLine(1);");
        _project.Publish().Succeeded();
        _project.Dotnet("clean", "-c", "Release", "-r", TestProject.Rid, "-nologo", "-v:q").Succeeded();
        Assert.DoesNotContain(Directory.GetFiles(_project.Folder, "*.elf*", SearchOption.AllDirectories), file => !file.Contains("/publish/", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_project.Folder, "App.o", SearchOption.AllDirectories));
    }

    private static void Expect(string change, BuildSteps steps, bool compiled = false, bool ilc = false, bool linked = false) =>
        Assert.Equal($"{change}: Csc {compiled} ilc {ilc} lld {linked}", $"{change}: Csc {steps.Compiled} ilc {steps.RanIlc} lld {steps.LinkedImage}");
}
