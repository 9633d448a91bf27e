using Unikernel.Diagnostics;
using Unikernel.Size.Boot;
using Unikernel.Size.Commands;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;
using Unikernel.Size.Output;
using Unikernel.Size.Reasons;

namespace Unikernel.Size;

/// <summary>The command. Data goes to standard output, diagnostics to standard error.</summary>
public static class Program
{
    private const int NamesOfWhy = 10;

    public static int Main(string[] args)
    {
        if (args is [] or ["--help"] or ["-h"])
        {
            Console.WriteLine(Options.Usage);
            return args is [] ? ExitCodes.Usage : ExitCodes.Done;
        }

        try
        {
            Options options = Options.Parse(args);
            Linker.Heap.Reserve();
            return options.Command switch
            {
                "check" => new CheckCommand(options, Console.Out, Console.Error).Run(),
                "diff" => Diff(options),
                "why" => Why(options),
                _ => Show(options),
            };
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"unikernel-size: error {SizeRules.SizeUsage.Id}: {SizeRules.SizeUsage.Format(e.Message)}");
            Console.Error.WriteLine(Options.Usage);
            return ExitCodes.Usage;
        }
        catch (InputException e)
        {
            Console.Error.WriteLine($"{e.File}: error {SizeRules.SizeUnknown.Id}: {SizeRules.SizeUnknown.Format(e.File, e.Problem)} [{SizeRules.SizeUnknown.HelpLink}]");
            return ExitCodes.Unreadable;
        }
    }

    private static int Show(Options options)
    {
        SizeReport report = Images.Load(options.Operands[0], options);
        if (options.Boot is { } machine)
            BootMeasurement.Measure(report, machine, options.Timeout);
        if (Outputs.Write(options, report, ReasonIndex.Read(options.Reasons, options.WhyExtract), null))
            return ExitCodes.Done;
        if (options.Markdown is { } markdown)
            File.WriteAllText(markdown, MarkdownReport.Write(report, [], null));
        if (options.By is null && options.Filter is null)
        {
            TextTable.WriteSummary(report, options.Top, Console.Out);
            return ExitCodes.Done;
        }

        View view = options.By ?? View.Member;
        List<Row> rows = [.. Views.By(report, view).Where(r => options.Filter is null || r.Name.Contains(options.Filter, StringComparison.OrdinalIgnoreCase))];
        Console.WriteLine($"{report.Name}: {ByteText.Exact(report.Bytes)}{(options.Filter is null ? "" : $", of which '{options.Filter}' has {ByteText.Exact(rows.Sum(r => r.Bytes))}")}");
        TextTable.WriteRows(Console.Out, view.ToString().ToLowerInvariant(), rows, Views.Whole(report, view), options.Top);
        return ExitCodes.Done;
    }

    private static int Diff(Options options)
    {
        SizeReport old = Images.Load(options.Operands[0], null);
        SizeReport now = Images.Load(options.Operands[1], options);
        if (!Outputs.Write(options, now, ReasonIndex.Read(options.Reasons, options.WhyExtract), old))
            TextTable.WriteDiff(old, now, options.By ?? View.Member, options.Top, Console.Out);
        return ExitCodes.Done;
    }

    private static int Why(Options options)
    {
        SizeReport report = Images.Load(options.Operands[0], options);
        string name = options.Operands[1];
        ReasonIndex reasons = ReasonIndex.Read(options.Reasons, options.WhyExtract);
        List<SizeNode> found = [.. Views.Nodes(report.Tree, View.Member).Where(n => Views.Name(n).Contains(name, StringComparison.OrdinalIgnoreCase)).OrderByDescending(n => n.Bytes).ThenBy(Views.Name, StringComparer.Ordinal)];
        if (found.Count == 0)
        {
            Console.Error.WriteLine($"Nothing in {report.Name} has '{name}' in its name.");
            return ExitCodes.Unreadable;
        }

        Console.WriteLine($"{ByteText.Exact(found.Sum(n => n.Own.Values.Sum()))} of {report.Name} have '{name}' in their name, in {found.Count} parts.");
        foreach (SizeNode node in found.Take(NamesOfWhy))
        {
            Console.WriteLine();
            Console.WriteLine($"{ByteText.Exact(node.Own.Values.Sum())}  {Views.Name(node)}");
            IReadOnlyList<ReasonStep> chain = reasons.Chain(node);
            if (chain.Count == 0)
                Console.WriteLine("  no reason is known: it is needed by what the compiler made");
            foreach (ReasonStep step in chain)
                Console.WriteLine($"  {(step.Kind == "object file" ? "" : step.Reason + " ")}{ReasonIndex.Readable(step)}");
        }

        if (found.Count > NamesOfWhy)
            Console.WriteLine($"\n… and {found.Count - NamesOfWhy} more; use a longer name.");
        return ExitCodes.Done;
    }
}
