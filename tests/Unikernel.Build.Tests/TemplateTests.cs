namespace Unikernel.Build.Tests;

/// <summary>Projects as a user has them: what `dotnet new` writes, well-known packages, and one line more.</summary>
public sealed class TemplateTests : IDisposable
{
    // JSON (source-generated), YAML, Markdown, CSV, logging and retries: libraries that nobody wrote with a unikernel in mind.
    private const string Program = """"
        using System.Globalization;
        using System.Text.Json;
        using System.Text.Json.Serialization;
        using CsvHelper;
        using Markdig;
        using Polly;
        using Polly.Retry;
        using Serilog;
        using YamlDotNet.RepresentationModel;

        using var log = new LoggerConfiguration().WriteTo.Console(outputTemplate: "[{Level:u3}] {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture).CreateLogger();

        Order[] orders = JsonSerializer.Deserialize("""[{"Id":1,"Item":"Kölsch","Price":2.5},{"Id":2,"Item":"Tea","Price":1}]""", Shop.Default.OrderArray)!;
        Console.WriteLine(JsonSerializer.Serialize(orders, Shop.Default.OrderArray));

        var yaml = new YamlStream();
        yaml.Load(new StringReader("shop:\n  name: Corner\n  tags: [a, b, 'c d']\n"));
        var shop = (YamlMappingNode)((YamlMappingNode)yaml.Documents[0].RootNode)["shop"];
        Console.WriteLine($"{shop["name"]}: {string.Join('|', ((YamlSequenceNode)shop["tags"]).Select(tag => tag.ToString()))}");

        Console.Write(Markdown.ToHtml("# Title\n\n* one\n* *two*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", new MarkdownPipelineBuilder().UsePipeTables().Build()));

        using (var csv = new CsvParser(new StringReader("name,price\n\"a, b\",1.25\nc,2\n"), CultureInfo.InvariantCulture))
            while (csv.Read())
                Console.WriteLine(string.Join(" / ", csv.Record!));

        int tries = 0;
        ResiliencePipeline retry = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions { MaxRetryAttempts = 3, Delay = TimeSpan.FromMilliseconds(1), OnRetry = attempt => { log.Warning("attempt {Number} failed: {Why}", attempt.AttemptNumber, attempt.Outcome.Exception!.Message); return default; } })
            .Build();
        await retry.ExecuteAsync(async _ => { await Task.Yield(); if (++tries < 3) throw new IOException($"no luck {tries}"); });
        log.Information("done after {Tries} tries with {Count} orders worth {Sum}", tries, orders.Length, orders.Sum(order => order.Price));
        return tries;

        record Order(int Id, string Item, decimal Price);

        [JsonSerializable(typeof(Order[]))]
        partial class Shop : JsonSerializerContext;
        """";

    private readonly TestProject _project = new("from template");

    public void Dispose() => _project.Dispose();

    [Fact]
    public void AConsoleProgramWithWellKnownPackagesDoesAsOnLinux()
    {
        _project.Dotnet("new", "console", "-n", "App", "-o", ".").Succeeded();
        foreach ((string package, string version) in new[] { ("YamlDotNet", "16.3.0"), ("Markdig", "1.6.0"), ("CsvHelper", "33.0.1"), ("Serilog.Sinks.Console", "6.1.1"), ("Polly.Core", "8.6.5") })
            _project.Dotnet("add", "package", package, "--version", version, "--no-restore").Succeeded();
        AddSdkLine("App.csproj");
        _project.Write("Program.cs", Program);

        Outcome linux = _project.Dotnet("run", "-c", "Release");
        _project.Publish().Succeeded();
        Outcome guest = Machine.Boot(_project.Published("App.elf"), "--machine", "microvm");
        Assert.Equal(linux.Output, guest.Output);
        Assert.Equal(3, linux.ExitCode);
        Assert.Equal(3, guest.ExitCode);
    }

    [Fact]
    public void AWorkerPublishes()
    {
        _project.Dotnet("new", "worker", "-n", "App", "-o", ".").Succeeded();
        AddSdkLine("App.csproj");
        _project.Publish().Succeeded();
        Assert.True(File.Exists(_project.Published("App.elf")));
        Assert.False(File.Exists(_project.Published("appsettings.json"))); // it is in the image
    }

    [Fact]
    public void TheFilesThatAWebProjectServesAreInTheImage()
    {
        _project.Write("Web.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              {TestProject.SdkLine}
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <PublishAot>true</PublishAot>
              </PropertyGroup>
              <ItemGroup>
                <Content Update="wwwroot/draft.txt" CopyToPublishDirectory="Never" />
              </ItemGroup>
            </Project>
            """);
        _project.Write("Program.cs", """
            foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(AppContext.BaseDirectory, f)).Order(StringComparer.Ordinal))
                Console.WriteLine(file);
            """);
        _project.Write("appsettings.json", "{}").Write("wwwroot/index.html", "<p>hi").Write("wwwroot/deep/site.css", new string('x', 1000)).Write("wwwroot/draft.txt", "no");

        _project.Dotnet("publish", "-c", "Release", "-r", "linux-x64", "-p:PublishAot=false", "-o", "../linux", "-nologo", "-v:q").Succeeded();
        string linux = Path.Combine(_project.Top, "linux");
        IEnumerable<string> expected = Directory.GetFiles(linux, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(linux, f))
            .Where(f => f.StartsWith("wwwroot", StringComparison.Ordinal) || f is "appsettings.json" or "Web.staticwebassets.endpoints.json").Order(StringComparer.Ordinal);
        _project.Publish().Succeeded();
        Assert.Equal(["Web.elf", "Web.elf.dbg"], Directory.GetFileSystemEntries(Path.GetDirectoryName(_project.Published("Web.elf"))!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Outcome guest = Machine.Boot(_project.Published("Web.elf"), "--machine", "microvm");
        Assert.Equal(expected, guest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("wwwroot/deep/site.css", expected);
        Assert.DoesNotContain("wwwroot/draft.txt", expected);
    }

    [Fact]
    public void ASolutionPublishesItsUnikernelsAndItsLibraries()
    {
        const string Properties = "<TargetFramework>net10.0</TargetFramework>";
        _project.Write("Library/Library.csproj", $"""<Project Sdk="Microsoft.NET.Sdk">{TestProject.SdkLine}<PropertyGroup>{Properties}</PropertyGroup></Project>""")
            .Write("Library/Words.cs", """public static class Words { public static string Of(string name) => "hello from " + name; }""")
            .Write("Directory.Build.props", "<Project><PropertyGroup><PublishAot>true</PublishAot></PropertyGroup></Project>");
        foreach (string name in (string[])["One", "Two"])
        {
            _project.Write($"{name}/{name}.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">{TestProject.SdkLine}<PropertyGroup><OutputType>Exe</OutputType>{Properties}</PropertyGroup>
                <ItemGroup><ProjectReference Include="../Library/Library.csproj" /></ItemGroup></Project>
                """).Write($"{name}/Program.cs", $"""System.Console.WriteLine(Words.Of("{name}"));""");
        }

        _project.Dotnet("new", "sln", "-n", "All").Succeeded();
        _project.Dotnet("sln", "add", "One", "Two", "Library").Succeeded();
        _project.Publish().Succeeded();
        foreach (string name in (string[])["One", "Two"])
            Assert.Equal($"hello from {name}\n", Machine.Boot(_project.Published(name + ".elf", name), "--machine", "microvm").Output);
        Assert.True(File.Exists(_project.Published("Library.dll", "Library")));
    }

    [Fact]
    public void ARestoreWithTheRidIsEnoughForAPublishWithoutRestore()
    {
        _project.WriteProject("App", "System.Console.WriteLine();");
        _project.Dotnet("restore", "-r", TestProject.Rid).Succeeded();
        _project.Publish("--no-restore").Succeeded();
    }

    [Fact]
    public void WithoutTheRidItBuildsRunsAndPublishesAsBefore()
    {
        _project.WriteProject("App", "System.Console.WriteLine($\"{args.Length} arguments\"); return 7;", "<RuntimeIdentifiers>linux-x64;unikernel-x64</RuntimeIdentifiers>");
        _project.Dotnet("build", "-nologo", "-v:q").Succeeded(); // what the first restore of a new user prints is not the program's
        Outcome run = _project.Dotnet("run", "--no-restore", "--", "a", "b");
        Assert.Equal((7, "2 arguments\n"), (run.ExitCode, run.Output));

        _project.Dotnet("publish", "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-nologo", "-v:q").Succeeded();
        string folder = Path.Combine(_project.Folder, "bin", "Release", "net10.0", "linux-x64", "publish");
        Assert.Equal(["App", "App.deps.json", "App.dll", "App.pdb", "App.runtimeconfig.json"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Outcome published = Command.Run(_project.Folder, Path.Combine(folder, "App"), "x");
        Assert.Equal((7, "1 arguments\n"), (published.ExitCode, published.Output));
    }

    private void AddSdkLine(string file)
    {
        string text = File.ReadAllText(_project[file]);
        int end = text.IndexOf('>', StringComparison.Ordinal) + 1;
        File.WriteAllText(_project[file], text.Insert(end, "\n  " + TestProject.SdkLine));
    }
}
