using System.Security.Cryptography;
using System.Text;

namespace Unikernel.Guest.Tests;

/// <summary>Where things are in this clone.</summary>
internal static class Repository
{
    /// <summary>The clone's root: the folder above this assembly that holds pack.sh.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Published programs, by name, RID and a digest of what they were made from.</summary>
    public static string Published => Path.Combine(Root, "artifacts", "guest");

    /// <summary>The folder of the programs.</summary>
    public static string Programs => Path.Combine(Root, "tests", "guest");

    /// <summary>Further arguments for unikernel publishes, to run the suite with another setting: UNIKERNEL_GUEST_ARGUMENTS="-p:A=B".</summary>
    public static string[] PublishArguments(string runtimeIdentifier) => runtimeIdentifier == GuestProgram.UnikernelRid
        ? (Environment.GetEnvironmentVariable("UNIKERNEL_GUEST_ARGUMENTS") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>
    /// A digest of everything that decides what a publish of the program makes: its sources, what all programs share, the
    /// repository's properties, and for the unikernel the packed SDK.
    /// </summary>
    public static string DigestOf(string project, string runtimeIdentifier)
    {
        IEnumerable<string> inputs = Sources(project)
            .Concat(Sources(Path.Combine(Programs, "Shared")))
            .Append(Path.Combine(Programs, "Directory.Build.props"))
            .Concat(Directory.GetFiles(Root, "Directory.*"))
            .Append(Path.Combine(Root, "global.json"));
        if (runtimeIdentifier == GuestProgram.UnikernelRid)
        {
            string feed = Path.Combine(Root, "artifacts", "packages");
            string[] packages = Directory.Exists(feed) ? Directory.GetFiles(feed, "*.nupkg") : [];
            if (packages.Length == 0)
            {
                throw new InvalidOperationException($"No packages in {feed}: run ./pack.sh first.");
            }

            inputs = inputs.Concat(packages);
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', PublishArguments(runtimeIdentifier))));
        foreach (string file in inputs.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(Root, file)));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(folder, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "pack.sh")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds pack.sh: the tests run from the clone's build output.");
    }
}
