using System.Collections;
using System.Security.Cryptography;
using System.Text;

namespace Unikernel.Run;

/// <summary>
/// Tells which environment variables `dotnet run` adds for the program (option -e, and the launch profile): those of the runner that the build, a
/// moment before, did not have or had with another value.
/// </summary>
/// <remarks>The file between the two lies in obj, so it has digests: an environment holds secrets.</remarks>
public static class EnvironmentDigest
{
    // What the CLI sets for every program that it starts; none of it means anything in the machine.
    private static readonly string[] s_ofTheCli = ["DOTNET_LAUNCH_PROFILE", "DOTNET_HOST_PATH", "DOTNET_ROOT", "DOTNET_ROOT_X64"];

    /// <summary>One line for each variable of this process.</summary>
    public static IEnumerable<string> OfThisProcess() => Variables().Select(variable => Line(variable.Key, variable.Value)).Order(StringComparer.Ordinal);

    /// <summary>The variables of this process that are not in the file, as words for the guest's command line.</summary>
    public static IEnumerable<string> WordsSince(string file, TextWriter warnings) => WordsSince(File.ReadAllLines(file), Variables(), warnings);

    /// <inheritdoc cref="WordsSince(string, TextWriter)"/>
    public static IEnumerable<string> WordsSince(IEnumerable<string> before, IEnumerable<KeyValuePair<string, string>> now, TextWriter warnings)
    {
        HashSet<string> known = [.. before];
        foreach ((string name, string value) in now.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (known.Contains(Line(name, value)) || s_ofTheCli.Contains(name))
                continue;
            if (Obstacle(name, value) is { } obstacle)
                warnings.WriteLine($"{name} is not passed on to the machine: {obstacle}.");
            else
                yield return CommandWords.Quote($"{name}={value}");
        }
    }

    private static string? Obstacle(string name, string value)
    {
        if (name.Contains('.'))
            return "a name with a dot is an option of the machine; use __ for the : of configuration keys";
        if (value.AsSpan().IndexOfAny('\n', '\r') >= 0)
            return "its value has a line break";

        // The launch profile's applicationUrl, which is made for a browser on the same machine.
        return name == "ASPNETCORE_URLS" && value.Split(';').All(url => Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.IsLoopback)
            ? $"nobody outside of it reaches its {value}"
            : null;
    }

    private static string Line(string name, string value) => $"{name}={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))}";

    private static IEnumerable<KeyValuePair<string, string>> Variables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? ""));
}
