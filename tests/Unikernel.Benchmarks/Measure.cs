using System.Diagnostics;
using System.Globalization;
using System.Text;
using Unikernel.Guest.Tests;

namespace Unikernel.Benchmarks;

/// <summary>Single measurements of a subject.</summary>
internal static class Measure
{
    public const string Emulator = "qemu-system-x86_64";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    /// <summary>Milliseconds from the start of QEMU until the marker is on the serial port; null when it never comes.</summary>
    public static double? UntilLine(Subject subject, string marker)
    {
        long start = Stopwatch.GetTimestamp();
        using Process qemu = Start(subject, ["-serial", "stdio"]);
        StringBuilder seen = new();
        char[] buffer = new char[4096];
        using CancellationTokenSource patience = new(s_patience);
        using CancellationTokenRegistration kill = patience.Token.Register(() => Kill(qemu));
        double? elapsed = null;
        int n;
        while (elapsed is null && (n = qemu.StandardOutput.Read(buffer)) > 0)
        {
            seen.Append(buffer, 0, n);
            if (seen.ToString().Contains(marker, StringComparison.Ordinal))
            {
                elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        Kill(qemu);
        qemu.WaitForExit();
        return elapsed;
    }

    /// <summary>Everything that the guest prints until it ends; null when it does not end.</summary>
    public static string? Output(Subject subject)
    {
        using Process qemu = Start(subject, ["-serial", "stdio"]);
        Task<string> output = qemu.StandardOutput.ReadToEndAsync();
        bool ended = qemu.WaitForExit(s_patience);
        Kill(qemu);
        return ended ? output.Result : null;
    }

    /// <summary>Guest instructions from reset to the marker, counted by the plugin; null when it never comes.</summary>
    public static ulong? InstructionsUntilLine(Subject subject, string marker) => CountUntilLine(subject, marker, null);

    /// <summary>The same, with the counts of each block of code: its address and its instructions.</summary>
    public static List<(ulong Address, ulong Instructions)> BlocksUntilLine(Subject subject, string marker)
    {
        string file = Path.GetTempFileName();
        try
        {
            CountUntilLine(subject, marker, file);
            return
            [
                .. File.ReadLines(file).Select(line => line.Split(' '))
                    .Select(words => (ulong.Parse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), ulong.Parse(words[1], CultureInfo.InvariantCulture))),
            ];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static ulong? CountUntilLine(Subject subject, string marker, string? blocks)
    {
        string folder = Directory.CreateTempSubdirectory("unikernel-icount").FullName;
        try
        {
            string log = Path.Combine(folder, "log"), counts = Path.Combine(folder, "counts");
            string plugin = Path.Combine(Repository.Root, "artifacts", "icount.so");

            // QEMU splits the plugin's arguments at commas; the marker is cut at the first one.
            string mark = marker.Split(',')[0].Replace(' ', '_');
            using Process qemu = Start(subject, ["-serial", $"file:{log}", "-plugin", $"{plugin},out={counts},log={log},mark={mark}{(blocks is null ? "" : $",blocks={blocks}")}"]);
            long start = Stopwatch.GetTimestamp();
            ulong atMarker = 0;
            while (atMarker == 0 && Stopwatch.GetElapsedTime(start) < s_patience)
            {
                bool ended = qemu.WaitForExit(20);
                byte[] bytes = File.Exists(counts) ? File.ReadAllBytes(counts) : [];
                atMarker = bytes.Length >= 16 ? BitConverter.ToUInt64(bytes, 8) : 0;
                if (ended)
                {
                    break;
                }
            }

            Kill(qemu);
            qemu.WaitForExit();
            return atMarker == 0 ? null : atMarker;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>QEMU's CPU time while the guest does nothing for a while after the marker, as a share of the wall time.</summary>
    public static double? IdleShare(Subject subject, string marker, TimeSpan settle, TimeSpan span)
    {
        using Process qemu = Start(subject, ["-serial", "stdio"]);
        using CancellationTokenSource patience = new(s_patience);
        using CancellationTokenRegistration kill = patience.Token.Register(() => Kill(qemu));
        while (qemu.StandardOutput.ReadLine() is { } line)
        {
            if (!line.Contains(marker, StringComparison.Ordinal))
            {
                continue;
            }

            Thread.Sleep(settle);
            qemu.Refresh();
            TimeSpan before = qemu.TotalProcessorTime;
            Thread.Sleep(span);
            qemu.Refresh();
            double share = (qemu.TotalProcessorTime - before) / span;
            Kill(qemu);
            return share;
        }

        return null;
    }

    /// <summary>The time that the program printed: `elapsed 12.3 ms`.</summary>
    public static double? Elapsed(string? output)
    {
        string? line = output?.Split('\n').FirstOrDefault(l => l.StartsWith("elapsed ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static Process Start(Subject subject, string[] more)
    {
        ProcessStartInfo start = new(Emulator) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (string argument in subject.Qemu.Concat(more))
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }
}
