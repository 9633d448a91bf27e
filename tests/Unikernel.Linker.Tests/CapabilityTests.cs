using Microsoft.CodeAnalysis;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>What a project states that it uses, against what the program reaches through its libraries.</summary>
public class CapabilityTests
{
    private const string Library = """
        public static class Lib
        {
            public static void Connect() => new System.Net.Sockets.TcpClient("host", 1).Dispose();
            public static void Unused() => new System.Net.Sockets.UdpClient(1).Dispose();
        }
        """;

    [Fact]
    public void ALibraryThatReachesWhatIsNotStatedIsReportedAtItsLineWithTheChain()
    {
        Message message = Assert.Single(Link("Lib.Connect();", "Files"), message => message.Rule.Id == "UKN1020");
        Assert.Equal(Severity.Warning, message.Severity);
        Assert.Equal(("lib.cs", 3), (message.Location?.File, message.Location?.Line));
        Assert.Contains("'System.Net.Sockets.TcpClient.TcpClient' needs the capability Network", message.Text, StringComparison.Ordinal);
        Assert.Matches(@"Chain: Lib\.Connect → System\.Net\.Sockets\.TcpClient\.TcpClient → .* → SystemNative_\w+\.$", message.Text);
    }

    /// <summary>The compiler's analyzers have said it, at the same place.</summary>
    [Fact]
    public void TheProgramsOwnCallIsNotReportedTwice() =>
        Assert.DoesNotContain(Link("new System.Net.Sockets.TcpClient(\"host\", 1).Dispose();", "Files"), message => message.Rule.Id == "UKN1020");

    [Fact]
    public void WhatIsNotReachedOrIsStatedIsSilent()
    {
        Assert.DoesNotContain(Link("System.Console.WriteLine();", "Files"), message => message.Rule.Id == "UKN1020");
        Assert.DoesNotContain(Link("Lib.Connect();", "network"), message => message.Rule.Id is "UKN1020" or "UKN1021");
    }

    [Fact]
    public void WhatIsStatedAndNotReachedIsASuggestion()
    {
        Message message = Assert.Single(Link("System.Console.WriteLine();", "Network"), message => message.Rule.Id == "UKN1021");
        Assert.Equal(Severity.Info, message.Severity);
        Assert.Contains("capability Network", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void AProgramThatStatesNothingIsNotAsked() =>
        Assert.DoesNotContain(Link("Lib.Connect();", null), message => message.Rule.Id is "UKN1020" or "UKN1021");

    private static IReadOnlyList<Message> Link(string program, string? capability)
    {
        string folder = Directory.CreateTempSubdirectory("ukn-capability-").FullName;
        try
        {
            string library = Path.Combine(folder, "lib.dll");
            CaseCompiler.Compile(library, [("lib.cs", Library)], OutputKind.DynamicallyLinkedLibrary);
            using LinkedProgram linked = LinkedProgram.LinkWith(
                library, program, ["--unprovided", "stub", "--surface", SurfaceData, .. capability is null ? (string[])[] : ["--capability", capability]]);
            return linked.Messages;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string SurfaceData => Path.Combine(AppContext.BaseDirectory, "os-surface.json");
}
