using System.Collections.Concurrent;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>A program with a network, published for both guests: a sample, or one of tests/guest.</summary>
internal sealed record SampleProgram(string Name, int Port, string Path, bool IsSample = true)
{
    public static readonly SampleProgram DnsServer = new("DnsServer", 53, "");
    public static readonly SampleProgram WebServer = new("WebServer", 8080, "/");
    public static readonly SampleProgram MinimalApi = new("MinimalApi", 8080, "/todos/1");

    /// <summary>The server of tests/guest/Load: long answers, and its memory.</summary>
    public static readonly SampleProgram Load = new("Load", 8080, "/", IsSample: false);

    public static readonly SampleProgram[] All = [DnsServer, WebServer, MinimalApi, Load];

    private static readonly ConcurrentDictionary<(string, string), string> s_published = new();

    /// <summary>The folder that holds it.</summary>
    public string Published(string rid) => s_published.GetOrAdd((Name, rid), _ => IsSample ? Publish(rid) : GuestProgram.Named(Name).Published(rid));

    private string Publish(string rid)
    {
        string folder = System.IO.Path.Combine(Repository.Root, "artifacts", "benchmarks", Name, rid);
        string done = folder + ".done";
        if (Environment.GetEnvironmentVariable("UNIKERNEL_PUBLISHED") is not null && File.Exists(done))
        {
            return folder;
        }

        Outcome outcome = Processes.Run(
            "dotnet",
            ["publish", System.IO.Path.Combine(Repository.Root, "samples", Name), "-c", "Release", "-r", rid, "-o", folder, "--nologo", "-v", "q", "-tl:off", "-p:PublishAot=true", .. GuestProgram.Linker(rid)],
            null,
            "",
            TimeSpan.FromMinutes(10));
        if (outcome.ExitCode != 0)
        {
            throw new InvalidOperationException(outcome.Output);
        }

        File.WriteAllText(done, "");
        return folder;
    }
}
