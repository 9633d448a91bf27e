using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>UKN1020 and UKN1021 together: what a project states against what it uses.</summary>
public class CapabilityTests
{
    private const string Network = "class P { static void Main() { new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp).Dispose(); } }";
    private const string Nothing = "class P { static void Main() { } }";

    [Fact]
    public async Task StatedAndUnusedIsReportedOnceForTheProject()
    {
        Verify.Test test = Verify.Of("UKN1021", Nothing, "build_property.UnikernelCapabilities = Network,Files\n");
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("UKN1021", DiagnosticSeverity.Info).WithArguments("Files"));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("UKN1021", DiagnosticSeverity.Info).WithArguments("Network"));
        await test.RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task StatedAndUsedIsSilent() =>
        await Verify.Of("UKN1021", Network, "build_property.UnikernelCapabilities = network\n").RunAsync(CancellationToken.None);

    [Fact]
    public async Task AProjectThatStatesNothingIsNotAsked() => await Verify.Of("UKN1020", Network).RunAsync(CancellationToken.None);

    [Fact]
    public async Task StatedAndUnusedIsReportedWhereTheProjectStatesIt()
    {
        Verify.Test test = Verify.Of("UKN1021", Nothing, "build_property.UnikernelCapabilities = Network\n");
        test.TestState.AdditionalFiles.Add(("/p/App.csproj", "<Project>\n<ItemGroup>\n  <UnikernelCapability Include=\"network\" />\n</ItemGroup>\n</Project>\n"));
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult("UKN1021", DiagnosticSeverity.Info).WithSpan("/p/App.csproj", 3, 3, 3, 44).WithArguments("Network"));
        await test.RunAsync(CancellationToken.None);
    }

    /// <summary>ASP.NET Core is not in the data, and it opens the sockets.</summary>
    [Fact]
    public async Task AProjectThatCallsALibraryOutsideOfTheDataIsNotJudged() =>
        await Verify.Of("UKN1021", "class P { static void Main() { Microsoft.Extensions.DependencyInjection.ServiceCollection s = new(); } }", "build_property.UnikernelCapabilities = Network\n")
            .RunAsync(CancellationToken.None);

    /// <summary>A socket that is closed deletes the file of a Unix domain socket: that is no wish for files.</summary>
    [Fact]
    public async Task OnlyWhatIsAboutFilesAsksForFiles() => await Verify.Of("UKN1020", """
        class P
        {
            static void Main()
            {
                new System.Net.Sockets.TcpClient().Dispose();
                [|System.IO.File.ReadAllText("x")|];
            }
        }
        """, "build_property.UnikernelCapabilities = Network\n").RunAsync(CancellationToken.None);
}
