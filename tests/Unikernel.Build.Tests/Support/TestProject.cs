using Microsoft.Build.Logging.StructuredLogger;

namespace Unikernel.Build.Tests.Support;

/// <summary>A folder outside of the repository with a nuget.config that knows the feed, and projects that a test writes into it.</summary>
public sealed class TestProject : IDisposable
{
    public const string SdkLine = $"""<Sdk Name="Unikernel.Sdk" Version="{Repository.Version}" />""";

    public const string Rid = "unikernel-x64";

    public TestProject(string folderName = "")
    {
        Top = Directory.CreateTempSubdirectory("unikernel-").FullName;
        Folder = Path.Combine(Top, folderName);
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Top, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Repository.PackagesFolder}" /></config>
              <packageSources><add key="unikernel" value="{Repository.Feed}" /></packageSources>
            </configuration>
            """);
    }

    public string Top { get; }

    /// <summary>Where commands run and relative names begin.</summary>
    public string Folder { get; }

    /// <summary>Environment of the commands.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    public string this[string name] => Path.Combine(Folder, name);

    public TestProject Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this;
    }

    /// <summary>A console project as `dotnet new console` writes it, with the SDK's line and what a test adds.</summary>
    public TestProject WriteProject(string name, string program, string properties = "", string items = "", string sdk = SdkLine) => this
        .Write($"{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              {sdk}
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {items}
              </ItemGroup>
            </Project>
            """)
        .Write("Program.cs", program);

    public Outcome Dotnet(params string[] arguments) => Command.Run(Folder, "dotnet", arguments, "", Environment);

    public Outcome DotnetWithInput(string input, params string[] arguments) => Command.Run(Folder, "dotnet", arguments, input, Environment);

    /// <summary>`dotnet publish -c Release -r unikernel-x64 …`, quiet enough that errors stand out.</summary>
    public Outcome Publish(params string[] more) => Publish(longest: null, more);

    /// <summary>A publish that may take longer than commands do: without the linker ILC compiles a whole web framework.</summary>
    public Outcome Publish(TimeSpan? longest, params string[] more) =>
        Command.Run(Folder, "dotnet", ["publish", "-c", "Release", "-r", Rid, "-nologo", "-v:m", "-tl:off", .. more], "", Environment, longest);

    /// <summary>The publish folder's file.</summary>
    public string Published(string file, string project = "") => Path.Combine(Folder, project, "bin", "Release", "net10.0", Rid, "publish", file);

    /// <summary>Publishes and tells which of the steps ran, by their tasks in the binary log (a skipped target has none).</summary>
    public BuildSteps PublishSteps(params string[] more)
    {
        string log = Path.Combine(Top, $"{Guid.NewGuid():N}.binlog");
        Outcome outcome = Publish(["-bl:" + log, .. more]);
        outcome.Succeeded();
        return new BuildSteps(BinaryLog.ReadBuild(log), outcome);
    }

    public void Dispose() => Directory.Delete(Top, recursive: true);
}

/// <summary>Which expensive steps a build ran.</summary>
public sealed class BuildSteps(Microsoft.Build.Logging.StructuredLogger.Build build, Outcome outcome)
{
    public Outcome Outcome => outcome;

    public bool Compiled => Ran("CoreCompile", "Csc");

    public bool LinkedAssemblies => Ran("UnikernelLinkAssemblies", "Exec");

    public bool RanIlc => Ran("IlcCompile", "Exec");

    public bool LinkedImage => Ran("UnikernelLinkImage", "Exec");

    private bool Ran(string target, string task) =>
        build.FindChildrenRecursive<Target>(node => node.Name == target).Any(node => node.FindChildrenRecursive<Microsoft.Build.Logging.StructuredLogger.Task>(child => child.Name == task).Any());
}
