using System.Text.Json;

namespace Unikernel.Build.Tests;

/// <summary>What the SDK's line changes in a project, and what it leaves alone.</summary>
public sealed class EvaluationTests : IDisposable
{
    private const string Names = "PublishAot,InvariantGlobalization,ServerGarbageCollection,EventSourceSupport,RuntimeIdentifierGraphPath,UseAppHost,UnikernelEnabled,UnikernelMachine,UnikernelMemory,NativeBinaryExt,RunCommand";

    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("linux-x64")]
    public void WithoutTheRidEveryPropertyIsAsWithoutTheSdk(string rid)
    {
        _project.WriteProject("App", "", "<PublishAot>true</PublishAot><ServerGarbageCollection>true</ServerGarbageCollection>");
        Dictionary<string, string> with = Evaluate(rid);
        _project.WriteProject("App", "", "<PublishAot>true</PublishAot><ServerGarbageCollection>true</ServerGarbageCollection>", sdk: "");
        Assert.Equal(Evaluate(rid), with);
    }

    [Fact]
    public void WithTheRidTheProjectIsAUnikernel()
    {
        _project.WriteProject("App", "");
        Dictionary<string, string> values = Evaluate(TestProject.Rid);
        Assert.Equal("true", values["PublishAot"]);
        Assert.Equal("true", values["InvariantGlobalization"]);
        Assert.Equal("true", values["UnikernelEnabled"]);
        Assert.Equal("false", values["UseAppHost"]);
        Assert.Equal("q35", values["UnikernelMachine"]);
    }

    [Fact]
    public void TheRidMayStandInTheProject()
    {
        _project.WriteProject("App", "", $"<RuntimeIdentifier>{TestProject.Rid}</RuntimeIdentifier>");
        Assert.Equal("true", Evaluate("")["UnikernelEnabled"]);
    }

    [Fact]
    public void AListOfRidsKnowsOursAlso()
    {
        _project.WriteProject("App", "", $"<RuntimeIdentifiers>linux-x64;{TestProject.Rid}</RuntimeIdentifiers>");
        Dictionary<string, string> values = Evaluate("");
        Assert.EndsWith("build/RuntimeIdentifierGraph.json", values["RuntimeIdentifierGraphPath"], StringComparison.Ordinal);
        Assert.Equal("", values["UnikernelEnabled"]);
    }

    [Fact]
    public void SettingsThatCanNotHoldGiveWayOnTheCommandLineToo()
    {
        _project.WriteProject("App", "");
        Dictionary<string, string> values = Evaluate(TestProject.Rid, "-p:InvariantGlobalization=false", "-p:ServerGarbageCollection=true", "-p:EventSourceSupport=true");
        Assert.Equal("true", values["InvariantGlobalization"]);
        Assert.Equal("false", values["ServerGarbageCollection"]);
        Assert.Equal("false", values["EventSourceSupport"]);
    }

    [Fact]
    public void OverridesHold()
    {
        _project.WriteProject("App", "").Write("Directory.Build.props", "<Project><PropertyGroup><UnikernelMemory>512M</UnikernelMemory></PropertyGroup></Project>");
        Dictionary<string, string> values = Evaluate(TestProject.Rid, "-p:UnikernelMachine=microvm");
        Assert.Equal("512M", values["UnikernelMemory"]);
        Assert.Equal("microvm", values["UnikernelMachine"]);
    }

    [Fact]
    public void AProjectForSeveralFrameworksEvaluates()
    {
        _project.WriteProject("App", "", "<TargetFrameworks>net10.0;netstandard2.0</TargetFrameworks>");
        Assert.Equal("", Evaluate("")["UnikernelEnabled"]);
    }

    /// <summary>`-f net10.0 -r unikernel-x64` restores for all frameworks with the RID, and needs no compiler for the others; built with the RID they are refused.</summary>
    [Fact]
    public void OtherFrameworksOfAProjectAreRestoredAndNotBuilt()
    {
        _project.WriteProject("App", "", "<TargetFrameworks>net10.0;net9.0</TargetFrameworks><PublishAot>true</PublishAot>");
        Dictionary<string, string> restored = Evaluate(TestProject.Rid, "-p:TargetFramework=net9.0", "-p:MSBuildIsRestoring=true", "-t:CollectPackageReferences");
        Assert.Equal("", restored["UnikernelEnabled"]);
        Assert.Equal("false", restored["PublishAot"]);
        Assert.EndsWith("build/RuntimeIdentifierGraph.json", restored["RuntimeIdentifierGraphPath"], StringComparison.Ordinal);
        Assert.Equal("true", Evaluate(TestProject.Rid, "-p:TargetFramework=net10.0", "-p:MSBuildIsRestoring=true", "-t:CollectPackageReferences")["UnikernelEnabled"]);
        Outcome built = _project.Dotnet("msbuild", "-t:CollectPackageReferences", $"-p:RuntimeIdentifier={TestProject.Rid}", "-p:TargetFramework=net9.0", "-nologo").Failed();
        Assert.Contains("error UKN5007: The target framework is 'net9.0'", built.Output, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Evaluate(string rid, params string[] more)
    {
        string[] ridArgument = rid.Length > 0 ? [$"-p:RuntimeIdentifier={rid}"] : [];
        Outcome outcome = _project.Dotnet(["msbuild", $"-getProperty:{Names}", "-nologo", .. ridArgument, .. more]).Succeeded();
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        return json.RootElement.GetProperty("Properties").EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString() ?? "");
    }
}
