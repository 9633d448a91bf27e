using Unikernel.Size.Model;
using Unikernel.Size.Output;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Commands;

/// <summary>Exit codes of the tool.</summary>
public static class ExitCodes
{
    public const int Done = 0, Unreadable = 1, Usage = 2, OverBudget = 3;
}

/// <summary>The files that every command can write.</summary>
public static class Outputs
{
    /// <summary>Writes them; true when standard output has been used for one.</summary>
    public static bool Write(Options options, SizeReport report, ReasonIndex reasons, SizeReport? old)
    {
        if (options.Html is { } html)
            File.WriteAllText(html, HtmlTreemap.Write(report, reasons, old));
        if (options.Json is null)
            return false;
        if (options.Json.Length > 0)
        {
            using FileStream stream = File.Create(options.Json);
            JsonReport.Write(stream, report);
            return false;
        }

        using Stream standard = Console.OpenStandardOutput();
        JsonReport.Write(standard, report);
        return true;
    }
}
