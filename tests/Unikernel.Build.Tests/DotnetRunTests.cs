using Unikernel.Run;

namespace Unikernel.Build.Tests;

/// <summary>`dotnet run -r unikernel-x64`: as if the machine were a process.</summary>
public sealed class DotnetRunTests : IDisposable
{
    private readonly TestProject _project = new("run");

    public void Dispose() => _project.Dispose();

    [Fact]
    public void ArgumentsEnvironmentInputAndExitCodeAreThoseOfAProcess()
    {
        _project.WriteProject("App", """
            Console.WriteLine(string.Join('|', args));
            foreach (string name in (string[])["GIVEN", "DOTNET_ENVIRONMENT", "ASPNETCORE_URLS", "HOME_OF_HOST", "DOTNET_LAUNCH_PROFILE", "LAST"])
                Console.WriteLine($"{name}={Environment.GetEnvironmentVariable(name)}");
            Console.WriteLine(Console.ReadLine());
            return 77;
            """);
        _project.Write("Properties/launchSettings.json", """
            { "profiles": { "http": { "commandName": "Project", "applicationUrl": "http://localhost:5087", "environmentVariables": { "DOTNET_ENVIRONMENT": "Development", "LAST": "profile" } } } }
            """);
        _project.Environment["HOME_OF_HOST"] = "secret";
        Outcome outcome = _project.DotnetWithInput("typed\n", "run", "-r", TestProject.Rid, "-e", "GIVEN=a b", "-p:UnikernelAccelerator=tcg", "-p:UnikernelCommandLine=LAST=line", "--", "one", "two words");
        Assert.EndsWith("one|two words\nGIVEN=a b\nDOTNET_ENVIRONMENT=Development\nASPNETCORE_URLS=\nHOME_OF_HOST=\nDOTNET_LAUNCH_PROFILE=\nLAST=line\ntyped\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("ASPNETCORE_URLS is not passed on to the machine: nobody outside of it reaches its http://localhost:5087.", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(77, outcome.ExitCode);
        string digests = Assert.Single(Directory.GetFiles(_project.Folder, "*.environment", SearchOption.AllDirectories));
        Assert.DoesNotContain("secret", File.ReadAllText(digests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#:sdk Unikernel.Sdk@" + Repository.Version)]
    [InlineData("#:sdk Microsoft.NET.Sdk\n#:sdk Unikernel.Sdk@" + Repository.Version)]
    public void AFileIsAProgram(string directives)
    {
        _project.Environment["HOME"] = _project.Top; // where the CLI keeps what it builds
        _project.Write("app.cs", $$"""
            {{directives}}
            Console.WriteLine($"{string.Join('|', args)} on {System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}");
            return 7;
            """);
        Outcome here = _project.Dotnet("run", "app.cs", "--", "a", "b c");
        Assert.EndsWith("a|b c on linux-x64\n", here.Output, StringComparison.Ordinal);
        Assert.Equal(7, here.ExitCode);
        Outcome there = _project.Dotnet("run", "-r", TestProject.Rid, "-p:UnikernelAccelerator=tcg", "app.cs", "--", "a", "b c");
        Assert.EndsWith("a|b c on unikernel-x64\n", there.Output, StringComparison.Ordinal);
        Assert.Equal(7, there.ExitCode);
        Assert.Equal(["app.cs"], Directory.GetFileSystemEntries(_project.Folder).Select(Path.GetFileName)); // a run leaves nothing beside the file

        _project.Dotnet("publish", "-r", TestProject.Rid, "app.cs").Succeeded();
        Assert.True(File.Exists(_project["artifacts/app/app.elf"]));
    }

    [Theory]
    [InlineData("NEW", "1", "NEW=1", "")]
    [InlineData("SAME", "as before", "", "")]
    [InlineData("OTHER", "it's", "\"OTHER=it's\"", "")]
    [InlineData("DOTNET_ROOT_X64", "/usr/share/dotnet", "", "")]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:80", "ASPNETCORE_URLS=http://0.0.0.0:80", "")]
    [InlineData("ASPNETCORE_URLS", "https://localhost:1;http://127.0.0.1:2", "", "ASPNETCORE_URLS is not passed on")]
    [InlineData("A.B", "1", "", "A.B is not passed on")]
    [InlineData("LINES", "1\n2", "", "LINES is not passed on")]
    public void WhatTheEnvironmentHasBeyondTheBuildsGoesToTheMachine(string name, string value, string words, string warning)
    {
        // `printf 'as before' | sha256sum`
        string[] before = ["SAME=78297d480a6a8767912cbe91cd908ef479e5efd4dea64685398bf8b79b6dab7f", "OTHER=0000"];
        using StringWriter warnings = new();
        Assert.Equal(words, string.Join(' ', EnvironmentDigest.WordsSince(before, [KeyValuePair.Create(name, value)], warnings)));
        Assert.StartsWith(warning, warnings.ToString(), StringComparison.Ordinal);
        Assert.Equal(warning.Length == 0, warnings.ToString().Length == 0);
    }
}
