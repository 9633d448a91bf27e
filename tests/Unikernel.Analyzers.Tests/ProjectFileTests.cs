using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>Rules about what a project file says: reported at its line.</summary>
public class ProjectFileTests
{
    /// <summary>The rules that are shown here, and not by a case.</summary>
    public static readonly string[] Ids = ["UKN1014", "UKN1022", "UKN1023"];

    private const string Program = "class P { static void Main() { } }";

    private const string Libraries = "build_property.UnikernelSharedLibraries = Sql|Sql.Lib 1.0|libsql.so,Lib|Other 2.0|other.so\n";

    [Theory]
    [InlineData("UKN1014", "<PackageReference Include=\"sql\" />", "Sql.Lib 1.0", "libsql.so", "sql")]
    [InlineData("UKN1014", "<ProjectReference Include=\"..\\Lib\\Lib.csproj\" />", "Other 2.0", "other.so", "other")]
    [InlineData("UKN1022", "<UnikernelCapability Include=\"Network;Netwrok\" />", "Netwrok", "Network, Files")]
    public async Task AnItem(string id, string item, params string[] arguments) => await Fires(id, $"<ItemGroup>\n  {item}\n</ItemGroup>", arguments);

    [Theory]
    [InlineData("<InvariantGlobalization>false</InvariantGlobalization>")]
    [InlineData("<InvariantGlobalization> False </InvariantGlobalization>")]
    public async Task AProperty(string property) => await Fires("UKN1023", $"<PropertyGroup>\n  {property}\n</PropertyGroup>");

    [Theory]
    [InlineData("UKN1014", "<ItemGroup><PackageReference Include=\"Sql.Lib\" /><PackageReference Update=\"Sql\" /></ItemGroup>")]
    [InlineData("UKN1022", "<ItemGroup><UnikernelCapability Include=\"network; Files\" /><UnikernelCapability Include=\"$(Mine);@(Others)\" /><UnikernelCapability Remove=\"X\" /></ItemGroup>")]
    [InlineData("UKN1023", "<PropertyGroup><InvariantGlobalization>true</InvariantGlobalization></PropertyGroup>")]
    [InlineData("UKN1023", "<PropertyGroup><InvariantGlobalization Condition=\"'$(RuntimeIdentifier)' != 'unikernel-x64'\">false</InvariantGlobalization></PropertyGroup>")]
    [InlineData("UKN1023", "<PropertyGroup Condition=\"'$(X)' == ''\"><InvariantGlobalization>false</InvariantGlobalization></PropertyGroup>")]
    [InlineData("UKN1023", "<PropertyGroup><InvariantGlobalization>false</PropertyGroup>")]
    [InlineData("UKN1023", "<InvariantGlobalization>false</InvariantGlobalization>")]
    [InlineData("UKN1023", "<!DOCTYPE x [<!ENTITY a \"b\">]>")]
    [InlineData("UKN1022", "")]
    public async Task Silent(string id, string content)
    {
        Verify.Test test = Verify.Of(id, Program, Libraries);
        test.TestState.AdditionalFiles.Add(("/p/App.csproj", Project(content)));
        await test.RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task AnotherKindOfFileIsNotAProject()
    {
        Verify.Test test = Verify.Of("UKN1023", Program);
        test.TestState.AdditionalFiles.Add(("/p/notes.xml", Project("<PropertyGroup><InvariantGlobalization>false</InvariantGlobalization></PropertyGroup>")));
        await test.RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task PropertyOff()
    {
        Verify.Test test = Verify.Of("UKN1023", Program);
        test.TestState.AnalyzerConfigFiles.Clear();
        test.TestState.AdditionalFiles.Add(("/p/App.csproj", Project("<PropertyGroup><InvariantGlobalization>false</InvariantGlobalization></PropertyGroup>")));
        await test.RunAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("UKN1014")]
    [InlineData("UKN1022")]
    [InlineData("UKN1023")]
    public async Task SuppressedByGlobalConfig(string id)
    {
        Verify.Test test = Verify.Of(id, Program, Libraries + $"dotnet_diagnostic.{id}.severity = none\n");
        test.TestState.AdditionalFiles.Add(("/p/App.csproj", Project("<ItemGroup><PackageReference Include=\"Sql\" /><UnikernelCapability Include=\"X\" /></ItemGroup><PropertyGroup><InvariantGlobalization>false</InvariantGlobalization></PropertyGroup>")));
        await test.RunAsync(CancellationToken.None);
    }

    private static async Task Fires(string id, string content, params string[] arguments)
    {
        Verify.Test test = Verify.Of(id, Program, Libraries);
        test.TestState.AdditionalFiles.Add(("/p/App.csproj", Project(content)));
        // The element begins in the third line, behind two blanks, and the finding ends with the line.
        string line = Project(content).Split('\n')[2];
        test.TestState.ExpectedDiagnostics.Add(new DiagnosticResult(id, DiagnosticSeverity.Warning).WithSpan("/p/App.csproj", 3, 3, 3, line.Length + 1).WithArguments(arguments));
        await test.RunAsync(CancellationToken.None);
    }

    private static string Project(string content) => $"<Project>\n{content}\n</Project>\n";
}
