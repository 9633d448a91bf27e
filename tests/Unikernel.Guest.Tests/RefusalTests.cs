namespace Unikernel.Guest.Tests;

/// <summary>What a unikernel cannot do, or not yet: refused by the documented exception, and the program goes on.</summary>
public sealed class RefusalTests
{
    // Answers that are right on any system: facts that every process has.
    private static readonly string[] s_works = ["machine name", "user name", "current directory", "process id", "os version", "runtime information", "process list"];

    [Theory]
    [InlineData("microvm")]
    [InlineData("q35")]
    public void Missing_services_are_refused_by_an_exception(string machine)
    {
        Outcome guest = GuestProgram.Named("NotYet").RunInGuest(
            new GuestMachine(machine), [], new Dictionary<string, string>(), "", TimeSpan.FromMinutes(2));
        string[] lines = guest.Output.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n').Split('\n');
        string problem = "";
        foreach (string line in lines[..^1])
        {
            if (!Allowed(line))
            {
                problem += $"\n  {line}";
            }
        }

        Assert.True(problem.Length == 0, $"Not refused as documented:{problem}\n\nin QEMU: {guest.CommandLine}\n{guest.Output}");
        Assert.Equal("still running", lines[^1]);
        Assert.Equal(0, guest.ExitCode);
    }

    private static bool Allowed(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        string name = line[..colon], result = line[(colon + 2)..];
        string kind = result.Split(':')[0].Split(" <- ")[0];
        return s_works.Contains(name) ? result == "works" : name switch
        {
            "file read absent" or "file create in an absent directory" or "directory absent" or "directory create under an absent one"
                or "memory-mapped absent file" => kind is "DirectoryNotFoundException" or "PlatformNotSupportedException",
            "file read absent in root" => kind is "FileNotFoundException" or "PlatformNotSupportedException",
            "assembly name of a file" or "memory-mapped file" or "aes-ccm" or "ecdsa" or "rsa" =>
                kind == "PlatformNotSupportedException" && result.EndsWith("UKN1001.md", StringComparison.Ordinal),
            "process start" => kind is "PlatformNotSupportedException" or "Win32Exception",
            "resolve" or "tcp connect" => kind is "SocketException" or "PlatformNotSupportedException",
            "console key" => kind is "InvalidOperationException" || result == "works",
            "https" => result.StartsWith("HttpRequestException <- PlatformNotSupportedException: https needs TLS", StringComparison.Ordinal),
            "file watcher" => kind is "ArgumentException" or "PlatformNotSupportedException",
            "certificate" => kind is "CryptographicException" or "PlatformNotSupportedException",

            // Read from files that a Linux has; here they are absent.
            "network interfaces" => result == "works" || kind is "PlatformNotSupportedException" or "DirectoryNotFoundException"
                or "FileNotFoundException" or "NetworkInformationException",

            // Provided or refused, as far as the library OS has got; a socket error is the documented answer of a machine without a network.
            _ => result == "works" || kind is "PlatformNotSupportedException" or "SocketException" or "NetworkInformationException" or "PingException"
                or "IOException" or "UnauthorizedAccessException",
        };
    }
}
