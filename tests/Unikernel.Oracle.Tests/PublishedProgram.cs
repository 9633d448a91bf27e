namespace Unikernel.Oracle.Tests;

/// <summary>One publish of an oracle program, with what later steps compare.</summary>
internal sealed record PublishedProgram(string Folder, string Image, CompiledCode Code, IReadOnlyList<string> Assemblies)
{
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading.Tasks;
        global using System.Reflection; global using System.IO; global using System.Text; global using System.Threading;
        """;

    /// <summary>Names of the programs in Unikernel.Linker.Cases/Oracle.</summary>
    public static IEnumerable<string> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Oracle"), "*.cs").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    /// <summary>Writes a program as a project. A first line <c>// sdk: …</c> names another SDK than that of console programs.</summary>
    public static TestProject Write(string name)
    {
        string source = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Oracle", name + ".cs"));
        string first = source[..source.IndexOf('\n', StringComparison.Ordinal)];
        string sdk = first.StartsWith("// sdk: ", StringComparison.Ordinal) ? first["// sdk: ".Length..].Trim() : "Microsoft.NET.Sdk";
        return new TestProject()
            .Write("App.csproj", $"""
                <Project Sdk="{sdk}">
                  {TestProject.SdkLine}
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <Nullable>enable</Nullable>
                    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                    <IlcGenerateMstatFile>true</IlcGenerateMstatFile>
                    <UnikernelSize>false</UnikernelSize>
                    <JsonSerializerIsReflectionEnabledByDefault>true</JsonSerializerIsReflectionEnabledByDefault>
                    <NoWarn>$(NoWarn);UKN1001;UKN1002;UKN1003;UKN1013;IL2026;IL2067;IL3050</NoWarn>
                  </PropertyGroup>
                </Project>
                """)
            .Write("Usings.cs", Usings)
            .Write("Program.cs", source);
    }

    /// <summary>Publishes and keeps the results beside the project, because the next publish overwrites them.</summary>
    public static PublishedProgram Publish(TestProject project, string keepAs, params string[] properties)
    {
        project.Publish(TimeSpan.FromMinutes(20), properties).Succeeded();
        string native = project[$"obj/Release/net10.0/{TestProject.Rid}/native"];
        string kept = Path.Combine(project.Top, keepAs);
        Copy(native, kept);
        File.Copy(project.Published("App.elf"), Path.Combine(kept, "App.elf"));
        // Unchanged assemblies stay where they were: in the packages folder.
        string[] assemblies = [.. File.ReadLines(Path.Combine(kept, "linked", "assemblies.txt")).Select(path => path.Replace(native, kept, StringComparison.Ordinal))];
        return new PublishedProgram(kept, Path.Combine(kept, "App.elf"), new CompiledCode(Path.Combine(kept, "App.mstat")), assemblies);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
