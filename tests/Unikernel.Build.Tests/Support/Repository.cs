using System.Reflection;

namespace Unikernel.Build.Tests.Support;

/// <summary>This clone, and its packages, packed once for all tests.</summary>
public static class Repository
{
    public const string Version = "0.1.0";

    private static readonly Lazy<string> s_feed = new(Pack);

    private static readonly Lazy<string> s_package = new(Unpack);

    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The folder with the packages; the first use packs them as a user does.</summary>
    public static string Feed => s_feed.Value;

    /// <summary>
    /// Where tests keep their packages: not the user's folder, where another clone's 0.1.0 may lie, unless the environment names one, which NuGet puts
    /// before every nuget.config.
    /// </summary>
    public static string PackagesFolder => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named : Path.Combine(Root, "artifacts", "nuget");

    /// <summary>The package's content, as NuGet unpacks it for the first project that uses it.</summary>
    public static string Package => s_package.Value;

    private static string Pack()
    {
        if (Environment.GetEnvironmentVariable("UNIKERNEL_PACKED") == "1") // ./test.sh has just done it
            return Path.Combine(Root, "artifacts", "packages");
        Outcome packed = Command.Run(Root, Path.Combine(Root, "pack.sh"));
        packed.Succeeded();
        string last = packed.Output.TrimEnd().Split('\n')[^1];
        Assert.StartsWith(Version + " ", last);
        return last[(Version.Length + 1)..];
    }

    private static string Unpack()
    {
        using TestProject project = new();
        project.WriteProject("Unpack", "").Dotnet("msbuild", "-getProperty:UnikernelSdkRoot", "-nologo").Succeeded();
        string folder = Path.Combine(PackagesFolder, "unikernel.sdk", Version);
        Assert.True(File.Exists(Path.Combine(folder, "Sdk", "Sdk.props")), folder);
        return folder;
    }
}
