using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Unikernel.Diagnostics;
using Unikernel.Size.Boot;
using Unikernel.Size.Budgets;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;
using Unikernel.Size.Output;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Commands;

/// <summary>`check`: compares an image with its budget, and writes the reports whatever the result is.</summary>
public sealed class CheckCommand(Options options, TextWriter output, TextWriter errors)
{
    private readonly List<Finding> _findings = [];

    public int Run()
    {
        string image = options.Operands[0];
        List<Budget> budgets = ReadBudgets(out string? baselineFile);
        // It is as long as all of the rest of what is read.
        Task<ReasonIndex> reading = Task.Run(() => ReasonIndex.Read(options.Reasons, options.WhyExtract));
        SizeReport report;
        try
        {
            report = Images.Load(image, options);
            report.Configuration = options.Configuration;
        }
        catch (InputException e)
        {
            _findings.Add(new Finding(SizeRules.SizeUnknown, e.File, 0, 0, SizeRules.SizeUnknown.Format(e.File, e.Problem))
            {
                // Without limits the report is a help, and its absence is no reason to have no image.
                IsDemoted = budgets.Count == 0 && _findings.Count == 0 && File.Exists(image),
            });
            return Finish(null, null, null, budgets);
        }

        Boot(report);
        Baseline? baseline = ReadBaseline(report, baselineFile);
        ReasonIndex reasons = reading.GetAwaiter().GetResult();
        _findings.AddRange(new BudgetCheck(report, baseline, reasons).Check(budgets, options.Configuration));
        return Finish(report, baseline, reasons, budgets);
    }

    private void Boot(SizeReport report)
    {
        try
        {
            if (options.Boot is { } machine)
                BootMeasurement.Measure(report, machine, options.Timeout);
        }
        catch (InputException e)
        {
            _findings.Add(new Finding(SizeRules.SizeUnknown, e.File, 0, 0, SizeRules.SizeUnknown.Format(e.File, e.Problem)));
        }
    }

    private int Finish(SizeReport? report, Baseline? baseline, ReasonIndex? reasons, List<Budget> budgets)
    {
        if (report is not null)
        {
            Outputs.Write(options, report, reasons ?? ReasonIndex.Empty, null);
            string markdown = MarkdownReport.Write(report, _findings, baseline);
            if (options.Markdown is { } file)
                File.WriteAllText(file, markdown);
            if (Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY") is { Length: > 0 } summary)
                File.AppendAllText(summary, markdown);
            string line = SizeLine(report, budgets);
            if (options.Line is { } lineFile)
                File.WriteAllText(lineFile, line + "\n");
            else
                output.WriteLine(line);
            if (options.Table)
                TextTable.WriteSummary(report, options.Top, output);
        }
        else if (options.Line is { } bareLine && File.Exists(options.Operands[0]))
        {
            File.WriteAllText(bareLine, $"{Path.GetFileName(options.Operands[0])}: {ByteText.Exact(new FileInfo(options.Operands[0]).Length)}\n");
        }

        if (options.Sarif is { } sarif)
        {
            using FileStream stream = File.Create(sarif);
            SarifLog.Write(stream, "Unikernel.Size", [.. _findings.Select(f => new SarifResult(f.Rule, f.IsError ? "error" : "warning", f.Text, f.File, f.Line, f.Column))]);
        }

        foreach (Finding finding in _findings)
            errors.WriteLine(finding);
        if (report is null)
            return _findings.Exists(f => f.IsError) ? ExitCodes.Unreadable : ExitCodes.Done;
        return _findings.Exists(f => f.IsError) ? ExitCodes.OverBudget : ExitCodes.Done;
    }

    /// <summary>The size and what it is held against, in one line.</summary>
    private string SizeLine(SizeReport report, List<Budget> budgets)
    {
        string size = $"{report.Name}: {ByteText.Exact(report.Bytes)}";
        if (budgets.Count == 0 && !_findings.Exists(f => f.IsError))
            return $"{size}. No size budget: a file {BudgetFile.DefaultName} with {{ \"budgets\": [ {{ \"target\": \"image\", \"limit\": \"{Suggested(report.Bytes)}\" }} ] }} beside the project keeps it there.";
        long? limit = budgets.Where(b => b.Target == BudgetTarget.Image && b.Limit is not null).Select(b => (long?)b.Limit!.Value.Bytes(0)).Min();
        return limit is null ? size : $"{size} of {ByteText.Exact(limit.Value)}";
    }

    /// <summary>A tenth more, in two digits.</summary>
    private static string Suggested(long bytes)
    {
        long kilo = (bytes + (bytes / 10)) / 1000;
        long step = (long)Math.Pow(10, Math.Max(0, kilo.ToString(CultureInfo.InvariantCulture).Length - 2));
        return ((kilo + step - 1) / step * step).ToString(CultureInfo.InvariantCulture) + " kB";
    }

    private List<Budget> ReadBudgets(out string? baselineFile)
    {
        var budgets = new List<Budget>();
        string? path = options.Budget ?? (File.Exists(BudgetFile.DefaultName) && options.Items.Count == 0 ? BudgetFile.DefaultName : null);
        baselineFile = options.Baseline;
        if (path is not null)
        {
            try
            {
                if (!File.Exists(path))
                    throw new BudgetFormatException(default, "the file does not exist");
                BudgetFile file = BudgetFile.Parse(path, File.ReadAllText(path));
                budgets.AddRange(file.Budgets);
                if (file.Baseline is { } named)
                    baselineFile ??= Path.Combine(Path.GetDirectoryName(path) ?? "", named);
            }
            catch (BudgetFormatException e)
            {
                _findings.Add(new Finding(SizeRules.BudgetMalformed, path, e.Position.Line, e.Position.Column, SizeRules.BudgetMalformed.Format(e.Message)));
            }
        }

        foreach (BudgetItem item in options.Items)
        {
            TextPosition position = Place(item);
            try
            {
                budgets.Add(BudgetFile.FromItem(item.Include, item.Metadata, item.File, position));
            }
            catch (BudgetFormatException e)
            {
                _findings.Add(new Finding(SizeRules.BudgetMalformed, item.File, position.Line, position.Column, SizeRules.BudgetMalformed.Format(BudgetFile.DescribeItem(item.Include, e.Message))));
            }
        }

        return budgets;
    }

    /// <summary>The line of an item in its project file. MSBuild does not tell it.</summary>
    private static TextPosition Place(BudgetItem item)
    {
        if (!File.Exists(item.File))
            return default;
        try
        {
            foreach (XElement element in XDocument.Load(item.File, LoadOptions.SetLineInfo).Descendants().Where(e => e.Name.LocalName == "UnikernelBudget"))
            {
                if (((string?)element.Attribute("Include"))?.Split(';').Contains(item.Include, StringComparer.Ordinal) == true && element is IXmlLineInfo line)
                    return new TextPosition(line.LineNumber, line.LinePosition);
            }
        }
        catch (XmlException)
        {
            // MSBuild has read the file: a place in it is all that is lost.
            return default;
        }

        return default;
    }

    private Baseline? ReadBaseline(SizeReport report, string? path)
    {
        if (options.Against is { } other)
            return Baseline.Of(Images.Load(other, null));
        if (path is null)
        {
            if (options.UpdateBaseline)
                _findings.Add(new Finding(SizeRules.BaselineUnreadable, options.Operands[0], 0, 0, SizeRules.BaselineUnreadable.Format("--update-baseline needs --baseline FILE")));
            return null;
        }

        try
        {
            Baseline? before = File.Exists(path) ? Baseline.Parse(path, File.ReadAllText(path)) : null;
            if (!options.UpdateBaseline)
                return before;
            return Write(path, Baseline.Of(report));
        }
        catch (FindingException e) when (options.UpdateBaseline)
        {
            // What could not be read is replaced: that is what was asked for.
            output.WriteLine($"{e.Finding.File}: {e.Message}");
            return Write(path, Baseline.Of(report));
        }
        catch (FindingException e)
        {
            _findings.Add(e.Finding);
            return null;
        }
    }

    private Baseline Write(string path, Baseline now)
    {
        string text = now.ToString();
        if (!File.Exists(path) || File.ReadAllText(path) != text)
        {
            File.WriteAllText(path, text);
            output.WriteLine($"{path}: written, {now.Parts.Count} parts. Commit it; with a line `*.baseline.txt merge=union` in .gitattributes it always merges.");
        }

        return now;
    }
}
