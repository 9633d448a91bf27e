using System.Buffers.Binary;

namespace Unikernel.Build.Tests;

/// <summary>One publish, shared: a program with a project reference, in a path with a space and letters that are not ASCII.</summary>
public sealed class PublishedProgram : IDisposable
{
    public PublishedProgram()
    {
        Project = new TestProject("Größe mit Leerzeichen");
        Project.Write("Library/Library.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""")
            .Write("Library/Words.cs", """namespace Library; public static class Words { public static string Join(string[] args) => string.Join("|", args); }""")
            .Write("Directory.Build.props", "<Project><PropertyGroup><AssemblyTitle>Größe</AssemblyTitle><NoWarn>$(NoWarn);CS1591</NoWarn></PropertyGroup></Project>")
            .WriteProject("App", Program, items: """
                <ProjectReference Include="Library/Library.csproj" />
                <Compile Remove="Library/**" />
                <UnikernelArgument Include="built in" />
                <UnikernelArgument Include="it's" />
                <UnikernelEnvironment Include="FROM_PROJECT" Value="a;b &quot;c&quot;" />
                <UnikernelEnvironment Include="BOTH" Value="project" />
                """);
        First = Project.PublishSteps("-p:EventSourceSupport=true", "-p:ServerGarbageCollection=true");
    }

    private const string Program = """
        using System.Runtime.CompilerServices;

        switch (args.FirstOrDefault())
        {
            case "exit":
                return int.Parse(args[1]);
            case "throw":
                throw new InvalidOperationException("on purpose");
            case "echo":
                while (Console.ReadLine() is string line)
                    Console.WriteLine($"[{line}]");
                return 0;
            case "loop":
                Console.WriteLine("looping");
                while (true)
                    Thread.Sleep(50);
            default:
                Console.WriteLine("args " + Library.Words.Join(args));
                foreach (string name in new[] { "FROM_PROJECT", "BOTH", "FROM_MACHINE" })
                    Console.WriteLine($"{name} {Environment.GetEnvironmentVariable(name)}");
                return Sum(args.Length);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Sum(int number)
        {
            int sum = number + 40;
            return sum;
        }
        """;

    public TestProject Project { get; }

    public BuildSteps First { get; }

    public string Image => Project.Published("App.elf");

    public void Dispose() => Project.Dispose();
}

[CollectionDefinition("published program")]
public sealed class PublishedProgramCollection : ICollectionFixture<PublishedProgram>;

[Collection("published program")]
public sealed class PublishTests(PublishedProgram program)
{
    [Fact]
    public void ThePublishFolderHoldsTheImageAndItsSymbols()
    {
        string folder = Path.GetDirectoryName(program.Image)!;
        Assert.Equal(["App.elf", "App.elf.dbg"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(new FileInfo(program.Image).Length < 1_500_000, $"{new FileInfo(program.Image).Length} bytes");
    }

    [Fact]
    public void TheImageIsAStaticElfWithAPvhNote()
    {
        byte[] elf = File.ReadAllBytes(program.Image);
        Assert.Equal("\u007fELF"u8.ToArray(), elf[..4]);
        Assert.Equal(2, BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(16))); // ET_EXEC
        Assert.Equal(62, BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(18))); // EM_X86_64
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(32));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(56));
        bool pvh = false;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = elf.AsSpan(headers + 56 * i, 56);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            Assert.NotEqual(3u, type); // PT_INTERP: there is nobody to interpret
            int offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            if (type == 4 && BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(offset + 8)) == 18) // PT_NOTE, XEN_ELFNOTE_PHYS32_ENTRY
                pvh = true;
        }

        Assert.True(pvh, "no PVH entry");
    }

    [Fact]
    public void TheSymbolsHaveLines()
    {
        int line = Array.FindIndex(File.ReadAllLines(program.Project["Program.cs"]), text => text.Contains("number + 40", StringComparison.Ordinal)) + 1;
        Outcome lines = Command.Run("/", "gdb", "-batch", "-nx", "-ex", $"info line Program.cs:{line}", program.Image + ".dbg").Succeeded();
        Assert.Matches($"Line {line} of .* starts at address 0x[0-9a-f]+ ", lines.Output);
    }

    [Fact]
    public void ChangedSettingsAreExplainedInOneLineEach()
    {
        string output = program.First.Outcome.Output;
        foreach (string setting in new[] { "InvariantGlobalization is true: ", "ServerGarbageCollection is false: ", "EventSourceSupport is false: " })
            Assert.Equal(1, output.Split('\n').Count(line => line.Contains(setting, StringComparison.Ordinal) && line.Contains("[UKN5020]", StringComparison.Ordinal)));
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("q35")]
    [InlineData("microvm")]
    public void ItBootsWithWhatTheProjectSays(string machine)
    {
        Outcome outcome = Machine.Boot(program.Image, "--machine", machine, "--command-line", "BOTH=machine FROM_MACHINE='x y'");
        Assert.Equal("args built in|it's\nFROM_PROJECT a;b \"c\"\nBOTH machine\nFROM_MACHINE x y\n", outcome.Output);
        Assert.Equal(42, outcome.ExitCode);
    }

    [Fact]
    public void ArgumentsOfTheMachineReplaceThoseOfTheProject()
    {
        Outcome outcome = Machine.Boot(program.Image, "--machine", "microvm", "--", "a", "b 'c'", "\"d\"", "--", "@x", "é");
        Assert.StartsWith("args a|b 'c'|\"d\"|--|@x|é\n", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(46, outcome.ExitCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    public void TheExitCodeComesBack(int code) => Assert.Equal(code, Machine.Boot(program.Image, "--machine", "microvm", "--", "exit", $"{code}").ExitCode);

    [Fact]
    public void AnUnhandledExceptionEndsAsOnLinux()
    {
        Outcome outcome = Machine.Boot(program.Image, "--machine", "microvm", "--", "throw");
        Assert.Equal(134, outcome.ExitCode); // 128 + SIGABRT
        Assert.Contains("Unhandled exception. System.InvalidOperationException: on purpose", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("at Program.<Main>$", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void StandardInputEndsWhereItEnds()
    {
        Outcome outcome = Machine.BootWithInput(program.Image, "one\nzwölf\n", "--machine", "microvm", "--", "echo");
        Assert.Equal("[one]\n[zwölf]\n", outcome.Output);
        Assert.Equal(0, outcome.ExitCode);
    }
}
