using System.Text.RegularExpressions;

namespace Unikernel.Build.Tests;

/// <summary>What can not become a unikernel gives one error: a code, what, where, what to do.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("UKN5005", "<OutputType>Library</OutputType>", "OutputType 'Library'")]
    [InlineData("UKN5006", "<PublishAot>false</PublishAot>", "PublishAot is set to false")]
    [InlineData("UKN5007", "<TargetFramework>net8.0</TargetFramework>", "'net8.0'")]
    [InlineData("UKN5009", "<UnikernelMachine>vax</UnikernelMachine>", "UnikernelMachine is 'vax'. It takes q35 or microvm.")]
    [InlineData("UKN5009", "<UnikernelMemory>lots</UnikernelMemory>", "UnikernelMemory is 'lots'")]
    [InlineData("UKN5009", "<UnikernelCpus>0</UnikernelCpus>", "UnikernelCpus is '0'")]
    [InlineData("UKN5009", "<UnikernelDebug>perhaps</UnikernelDebug>", "UnikernelDebug is 'perhaps'")]
    [InlineData("UKN5009", "<UnikernelDebugPort>gdb</UnikernelDebugPort>", "UnikernelDebugPort is 'gdb'")]
    [InlineData("UKN5009", "<UnikernelAccelerator>warp</UnikernelAccelerator>", "UnikernelAccelerator is 'warp'")]
    [InlineData("UKN5009", "<UnikernelLinkMode>most</UnikernelLinkMode>", "UnikernelLinkMode is 'most'")]
    [InlineData("UKN5009", "<UnikernelUnprovided>some</UnikernelUnprovided>", "UnikernelUnprovided is 'some'")]
    [InlineData("UKN5009", "<UnikernelAllTimeZones>some</UnikernelAllTimeZones>", "UnikernelAllTimeZones is 'some'")]
    [InlineData("UKN5009", "<UnikernelNetwork>tap</UnikernelNetwork>", "UnikernelNetwork is 'tap'")]
    [InlineData("UKN5009", "<UnikernelPorts>80</UnikernelPorts>", "UnikernelPorts is '80'")]
    [InlineData("UKN5009", "<UnikernelStopTimeout>soon</UnikernelStopTimeout>", "UnikernelStopTimeout is 'soon'")]
    [InlineData("UKN5013", "<PublishTrimmed>false</PublishTrimmed>", "PublishTrimmed is 'false'")]
    [InlineData("UKN5013", "<SelfContained>false</SelfContained>", "SelfContained is 'false'")]
    [InlineData("UKN5013", "<NativeLib>Shared</NativeLib>", "NativeLib is 'Shared'")]
    public void AProjectThatCanNotBe(string code, string properties, string expected)
    {
        _project.WriteProject("App", "System.Console.WriteLine();", properties);
        ExpectOne(code, expected, _project.Publish());
    }

    [Theory]
    [InlineData("UKN5001", "this is osx-arm64", "-p:NETCoreSdkPortableRuntimeIdentifier=osx-arm64")]
    [InlineData("UKN5006", "PublishAot is set to false", "-p:PublishAot=false")]
    [InlineData("UKN5002", "ld.lld was not found as '/nowhere/ld.lld', which the property UnikernelLld names", "-p:UnikernelLld=/nowhere/ld.lld")]
    [InlineData("UKN5002", "ld.lld was not found as 'ld.lld-nowhere', which the property UnikernelLld names", "-p:UnikernelLld=ld.lld-nowhere")]
    [InlineData("UKN5002", "llvm-objcopy was not found as '/nowhere/objcopy', which the property UnikernelObjCopy names", "-p:UnikernelObjCopy=/nowhere/objcopy")]
    public void APublishThatCanNotBe(string code, string expected, string argument)
    {
        _project.WriteProject("App", "System.Console.WriteLine();");
        ExpectOne(code, expected, _project.Publish(argument));
    }

    [Theory]
    [InlineData("<UnikernelTimeZone Include=\"Europe/Berlin;Europe/Barlin\" />", "Europe/Barlin")]
    [InlineData("<UnikernelTimeZone Include=\"Europe\" />", "Europe")] // a folder
    [InlineData("<UnikernelTimeZone Include=\"zone.tab\" />", "zone.tab")] // a file, but no zone
    [InlineData("<UnikernelTimeZone Include=\"../../etc/passwd\" />", "../../etc/passwd")]
    [InlineData("<UnikernelEnvironment Include=\"TZ\" Value=\"Mars/Phobos\" />", "Mars/Phobos")]
    public void ATimeZoneThatIsNotThere(string item, string zone)
    {
        _project.WriteProject("App", "System.Console.WriteLine();", items: item);
        Outcome outcome = _project.Publish();
        ExpectOne("UKN5018", $"The time zone '{zone}' is not in /usr/share/zoneinfo.", outcome);
        Assert.Contains("App.csproj(11,6): error UKN5018", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<UnikernelMemroy>64M</UnikernelMemroy>", "", "App.csproj(8,6)", "There is no property UnikernelMemroy. Did you mean UnikernelMemory?")]
    [InlineData("<UnikernalMachine>q35</UnikernalMachine>", "", "App.csproj(8,6)", "Did you mean UnikernelMachine?")]
    [InlineData("<UnikernelEnvironment>A=B</UnikernelEnvironment>", "", "App.csproj(8,6)", "There is no property UnikernelEnvironment. UnikernelEnvironment is an item.")]
    [InlineData("", "<UnikernelEnviroment Include=\"A\" Value=\"B\" />", "App.csproj(11,6)", "There is no item UnikernelEnviroment. Did you mean UnikernelEnvironment?")]
    [InlineData("", "<UnikernelMemory Include=\"64M\" />", "App.csproj(11,6)", "There is no item UnikernelMemory. UnikernelMemory is a property.")]
    public void AMisspeltName(string properties, string items, string where, string expected)
    {
        _project.WriteProject("App", "System.Console.WriteLine();", properties, items);
        Outcome outcome = _project.Publish();
        ExpectOne("UKN5010", expected, outcome);
        Assert.Contains($"{where}: error UKN5010", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AMisspeltNameOnTheCommandLineOrInAnImportedFile()
    {
        _project.WriteProject("App", "System.Console.WriteLine();");
        ExpectOne("UKN5010", "Did you mean UnikernelPorts?", _project.Publish("-p:UnikernelPort=8080:80"));

        _project.Write("Directory.Build.props", """<Project><Import Project="more/Own.props" /></Project>""");
        _project.Write("more/Own.props", "<Project><PropertyGroup><UnikernelMachin>microvm</UnikernelMachin></PropertyGroup></Project>");
        Outcome outcome = _project.Publish();
        ExpectOne("UKN5010", "Did you mean UnikernelMachine?", outcome);
        Assert.Contains("Own.props(1,26): error", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatNothingReadsIsAWarningAndOneOfTheProjectsOwnIsNone()
    {
        _project.WriteProject("App", "System.Console.WriteLine();", "<UnikernelFlavour>mild</UnikernelFlavour><UnikernelMemori>64M</UnikernelMemori><UnikernelMemory>$(UnikernelMemori)</UnikernelMemory>");
        Outcome outcome = _project.Dotnet("build", "-r", TestProject.Rid, "-nologo", "-v:m", "-tl:off").Succeeded();
        Assert.Contains("App.csproj(8,6): warning UKN5010: There is no property UnikernelFlavour. Nothing reads it.", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("UnikernelMemori", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unikernel-arm64")]
    [InlineData("unikernel-x64;linux-x64")]
    public void RuntimeIdentifiersThatDoNotGoTogether(string identifiers)
    {
        _project.WriteProject("App", "System.Console.WriteLine();", $"<RuntimeIdentifier>{identifiers}</RuntimeIdentifier>");
        ExpectOne("UKN5008", $"'{identifiers}'", _project.Dotnet("publish", "-nologo", "-v:m", "-tl:off"));
    }

    [Fact]
    public void PacksThatAreNotRestored()
    {
        _project.WriteProject("App", "System.Console.WriteLine();");
        string packages = Path.Combine(_project.Top, "packages");
        _project.Environment["NUGET_PACKAGES"] = packages;
        _project.Dotnet("restore", "-r", TestProject.Rid).Succeeded();
        Directory.Delete(Path.Combine(packages, "microsoft.netcore.app.runtime.nativeaot.linux-x64"), recursive: true);
        ExpectOne("UKN5004", "Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64", _project.Publish("--no-restore"));
    }

    [Fact]
    public void APackageWithOnlyASharedLibrary()
    {
        const string reference = """<PackageReference Include="SQLitePCLRaw.lib.e_sqlite3" Version="2.1.13" />""";
        _project.WriteProject("App", "System.Console.WriteLine();", items: reference);
        Outcome outcome = _project.Publish();
        ExpectOne("UKN5011", "SQLitePCLRaw.lib.e_sqlite3 2.1.13", outcome);
        Assert.Contains("""<UnikernelIgnoredNativeLibrary Include="e_sqlite3" />""", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AFunctionThatNobodyProvides()
    {
        _project.WriteProject("App", """
            System.Console.WriteLine(Native.answer());
            static class Native { [System.Runtime.InteropServices.DllImport("deepthought")] public static extern int answer(); }
            """, items: """<DirectPInvoke Include="deepthought" />""");
        Outcome outcome = _project.Publish("-p:UnikernelLinkMode=none");
        ExpectOne("UKN5012", "ld.lld ended with status 1: undefined symbol: answer.", outcome);
        Assert.Contains(">>> referenced by", outcome.Output, StringComparison.Ordinal);

        // Nothing but the error is shown, and says what is wrong.
        outcome = _project.Publish("-p:UnikernelLinkMode=none", "-v:q");
        ExpectOne("UKN5012", "undefined symbol: answer", outcome);
        Assert.DoesNotContain(">>> referenced by", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""<UnikernelEnvironment Include="A=B" />""", "UnikernelEnvironment 'A=B' is not a name")]
    [InlineData("""<UnikernelEnvironment Include="A.B" Value="1" />""", "UnikernelEnvironment 'A.B' has a dot")]
    [InlineData("""<UnikernelArgument Include="two%0Alines" />""", "has a line break")]
    public void ItemsThatNoCommandLineCarries(string item, string expected)
    {
        _project.WriteProject("App", "System.Console.WriteLine();", items: item);
        ExpectOne("UKN5014", expected, _project.Dotnet("msbuild", "-restore", "-t:_UnikernelWriteImageStrings", $"-p:RuntimeIdentifier={TestProject.Rid}", "-p:NativeIntermediateOutputPath=obj/", "-nologo", "-v:m", "-tl:off"));
    }

    [Fact]
    public void NoQemu()
    {
        string image = _project["none.elf"];
        File.WriteAllText(image, "");
        ExpectOne("UKN5003", "'/nowhere/qemu' could not be started", Machine.Boot(image, "--qemu", "/nowhere/qemu"));
    }

    [Fact]
    public void NoImage() => ExpectOne("UKN5030", "none.elf", Machine.Boot(_project["none.elf"]));

    [Fact]
    public void ACommandLineThatIsTooLong()
    {
        string image = _project["any.elf"];
        File.WriteAllText(image, "");
        ExpectOne("UKN5033", "has 5003 bytes", Machine.Boot(image, "--", new string('x', 5000)));
    }

    [Theory]
    [InlineData("--qemu-arguments", "UnikernelQemuArguments is '-name \"x'. It takes words as a shell does, and a \" is not closed.")]
    [InlineData("--command-line", "UnikernelCommandLine is '-name \"x'. It takes words as a shell does, and a \" is not closed.")]
    public void WordsThatAreBadlyQuoted(string option, string expected)
    {
        string image = _project["any.elf"];
        File.WriteAllText(image, "");
        ExpectOne("UKN5009", expected, Machine.Boot(image, option, "-name \"x"));
    }

    [Fact]
    public void AnImageThatIsNone()
    {
        string image = _project["text.elf"];
        File.WriteAllText(image, "not an ELF file");
        ExpectOne("UKN5032", "status 1", Machine.Boot(image));
    }

    // An error is one line with a code; MSBuild may print the line again in a summary, but it is the same line.
    private static void ExpectOne(string code, string expected, Outcome outcome)
    {
        outcome.Failed();
        string[] errors = [.. Regex.Matches(outcome.Output, @"^.*\berror\b.*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)
            .Select(match => Regex.Replace(match.Value.Trim(), @" \[[^]]*\]$", "")).Where(line => !line.StartsWith("ld.lld", StringComparison.Ordinal)).Distinct()];
        Assert.True(errors.Length == 1, $"{errors.Length} errors:\n{string.Join('\n', errors)}\n{outcome.Output}");
        Assert.True(errors[0].Contains($"error {code}: ", StringComparison.Ordinal), errors[0]);
        Assert.Contains(expected, errors[0], StringComparison.Ordinal);
    }
}
