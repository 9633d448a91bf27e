using System.Reflection;

namespace Unikernel.Build.Tests.Support;

/// <summary>This clone, and its packages, packed once for all tests.</summary>
public static class Repository
{
    public const string Version = "0.1.0";

    private static readonly Lazy<string> s_feed = new(Pack);

    public static string Root { get; } = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>The folder with the packages; the first use packs them as a user does.</summary>
    public static string Feed => s_feed.Value;

    /// <summary>Where tests keep their packages: not the user's folder, where another clone's 0.1.0 may lie.</summary>
    public static string PackagesFolder => Path.Combine(Root, "artifacts", "nuget");

    /// <summary>The package's content, unpacked by the first project that uses it.</summary>
    public static string Package => Path.Combine(PackagesFolder, "unikernel.sdk", Version);

    private static string Pack()
    {
        Outcome packed = Command.Run(Root, Path.Combine(Root, "pack.sh"));
        packed.Succeeded();
        string last = packed.Output.TrimEnd().Split('\n')[^1];
        Assert.StartsWith(Version + " ", last);
        return last[(Version.Length + 1)..];
    }
}
