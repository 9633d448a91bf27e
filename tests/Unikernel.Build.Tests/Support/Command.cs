using System.Diagnostics;
using System.Text;

namespace Unikernel.Build.Tests.Support;

/// <summary>What a command printed (standard output and error in one) and how it ended.</summary>
public sealed record Outcome(string CommandLine, int ExitCode, string Output)
{
    public Outcome Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {CommandLine}\n{Output}");
        return this;
    }

    public Outcome Failed()
    {
        Assert.True(ExitCode != 0, $"succeeded, and should not: {CommandLine}\n{Output}");
        return this;
    }
}

/// <summary>Runs programs for tests.</summary>
public static class Command
{
    /// <summary>No test waits longer for one command: a machine that hangs is a failure, not a hung build server.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    public static Outcome Run(string folder, string file, params string[] arguments) => Run(folder, file, arguments, input: "", environment: []);

    public static Outcome Run(string folder, string file, IEnumerable<string> arguments, string input, Dictionary<string, string?> environment, TimeSpan? longest = null)
    {
        TimeSpan limit = longest ?? s_limit;
        using Process process = Start(folder, file, arguments, environment);
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string commandLine = $"{file} {string.Join(' ', process.StartInfo.ArgumentList)}";
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"no end after {limit}: {commandLine}\n{output}");
        }

        process.WaitForExit(); // the output's end
        return new Outcome(commandLine, process.ExitCode, output.ToString());
    }

    /// <summary>A process with all streams redirected and the environment of a user who has just logged in.</summary>
    public static Process Start(string folder, string file, IEnumerable<string> arguments, Dictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(file)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        // `dotnet test` sets these for the MSBuild that it is; inherited, they would change the builds under test.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "DOTNET_HOST_PATH").ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // no process outlives a test
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static void Append(StringBuilder output, string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.Append(line).Append('\n');
    }
}
