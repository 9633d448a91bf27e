namespace Unikernel.Oracle.Tests;

/// <summary>The image depends on the project's content, not on where or when it was built.</summary>
public sealed class DeterminismTests
{
    // Whatever could tell one build from another: ids of modules, lines, files. (What [CallerFilePath] gives is the program's own
    // wish; the compiler's PathMap property maps it.)
    private const string Source = """
        using System.Reflection;
        Console.WriteLine(typeof(Program).Module.ModuleVersionId);
        Console.WriteLine(typeof(object).Module.ModuleVersionId);
        Console.WriteLine(Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
        try { throw new InvalidOperationException("x"); } catch (InvalidOperationException e) { Console.WriteLine(e.StackTrace); }
        """;

    [Fact]
    public void TwoFoldersGiveTheSameImage()
    {
        using TestProject first = Publish("a");
        using TestProject second = Publish("another/folder with blanks");
        byte[] one = File.ReadAllBytes(first.Published("App.elf"));
        byte[] two = File.ReadAllBytes(second.Published("App.elf"));
        Assert.Equal(one.Length, two.Length);
        int different = one.AsSpan().CommonPrefixLength(two);
        Assert.True(different == one.Length, $"the images differ at byte {different:x}: '{Text(one, different)}' and '{Text(two, different)}'");
    }

    private static TestProject Publish(string folder)
    {
        TestProject project = new(folder);
        project.WriteProject("App", Source, items: """<Content Include="settings.json" CopyToPublishDirectory="PreserveNewest" />""").Write("settings.json", "{}");
        project.Publish().Succeeded();
        return project;
    }

    private static string Text(byte[] image, int at) => new([.. image[Math.Max(0, at - 32)..Math.Min(image.Length, at + 64)].Select(b => b is >= 32 and < 127 ? (char)b : '.')]);
}
