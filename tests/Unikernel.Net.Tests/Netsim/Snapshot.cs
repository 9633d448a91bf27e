using System.Runtime.CompilerServices;

namespace Unikernel.Net.Tests.Netsim;

/// <summary>
/// Figures kept beside the tests, one file per group, a line per case. A difference fails; UPDATE_SNAPSHOTS=1 writes the new figure.
/// </summary>
internal static class Snapshot
{
    private static readonly Lock s_lock = new();

    public static void Check(string group, string name, string value, [CallerFilePath] string caller = "")
    {
        lock (s_lock)
        {
            string path = Path.Combine(Path.GetDirectoryName(caller)!, group + ".snapshot");
            var lines = File.Exists(path) ? new SortedDictionary<string, string>(File.ReadLines(path).ToDictionary(l => l[..l.IndexOf(": ", StringComparison.Ordinal)], l => l[(l.IndexOf(": ", StringComparison.Ordinal) + 2)..]), StringComparer.Ordinal)
                : new SortedDictionary<string, string>(StringComparer.Ordinal);
            if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            {
                lines[name] = value;
                File.WriteAllLines(path, lines.Select(l => $"{l.Key}: {l.Value}"));
                return;
            }

            Assert.True(lines.TryGetValue(name, out string? expected), $"{path} has no line '{name}'; run with UPDATE_SNAPSHOTS=1");
            Assert.Equal(expected, value);
        }
    }
}
