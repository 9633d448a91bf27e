using System.Diagnostics;
using System.Text;
using Unikernel.Run;

namespace Unikernel.Guest.Tests;

/// <summary>What a program printed (output and error in their order) and how it ended.</summary>
internal sealed record Outcome(string Output, int? ExitCode, string CommandLine)
{
    /// <summary>The names of the frames that a panic or a stack overflow reported, as the runner prints them; else empty.</summary>
    public string Backtrace { get; init; } = "";
}

/// <summary>Runs a process to its end with everything redirected, and kills it when its time is up.</summary>
internal static class Processes
{
    /// <param name="file">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">The whole environment, or null to inherit.</param>
    /// <param name="input">Bytes for standard input, which is closed after them unless <paramref name="keepInputOpen"/>.</param>
    /// <param name="timeout">After this the process is killed and the exit code is null.</param>
    /// <param name="keepInputOpen">Leaves standard input open, as a terminal does.</param>
    public static Outcome Run(
        string file,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment,
        string input,
        TimeSpan timeout,
        bool keepInputOpen = false)
    {
        ProcessStartInfo start = new(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
            UseShellExecute = false,
            WorkingDirectory = "/", // the guest's
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (environment is not null)
        {
            start.Environment.Clear();
            foreach ((string name, string value) in environment)
            {
                start.Environment[name] = value;
            }
        }

        using Process process = Process.Start(start)!;
        StringBuilder output = new();
        Thread reader = new(() =>
        {
            char[] buffer = new char[4096];
            int n;
            while ((n = process.StandardOutput.Read(buffer)) > 0)
            {
                lock (output)
                {
                    output.Append(buffer, 0, n);
                }
            }
        });
        Thread errors = new(() =>
        {
            string text = process.StandardError.ReadToEnd();
            lock (output)
            {
                output.Append(text);
            }
        });
        reader.Start();
        errors.Start();
        Feed(process, input, keepInputOpen);

        bool ended = process.WaitForExit(timeout);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        reader.Join();
        errors.Join();
        string commandLine = string.Join(' ', new[] { file }.Concat(arguments).Select(CommandWords.Quote));

        // The pipes are read as Latin-1, one character a byte, so that a split UTF-8 sequence cannot be lost; here it becomes text.
        string text = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(output.ToString()));
        return new Outcome(text, ended ? process.ExitCode : null, commandLine);
    }

    private static void Feed(Process process, string input, bool keepOpen)
    {
        try
        {
            process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(input));
            process.StandardInput.BaseStream.Flush();
            if (!keepOpen)
            {
                process.StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // The process ended without reading all of its input; what it printed tells whether that was right.
        }
    }
}
