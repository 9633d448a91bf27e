using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Unikernel.Size.Budgets;

namespace Unikernel.Analyzers;

/// <summary>A rule about the files that limit the size of an image.</summary>
internal abstract class BudgetRule
{
    public abstract DiagnosticDescriptor Descriptor { get; }

    /// <summary>What is wrong in a file, and where; nothing when the file is none of the rule's.</summary>
    public abstract IEnumerable<(Location Place, string Problem)> Report(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellation);

    /// <summary>What the code of the size tool finds in the text, from its place to the end of the line.</summary>
    protected static IEnumerable<(Location Place, string Problem)> Read(AdditionalText file, Action<string> read, CancellationToken cancellation)
    {
        if (file.GetText(cancellation) is not { } source)
        {
            return [];
        }

        try
        {
            read(source.ToString());
            return [];
        }
        catch (BudgetFormatException e)
        {
            TextLine line = source.Lines[Math.Min(Math.Max(e.Position.Line - 1, 0), source.Lines.Count - 1)];
            TextSpan span = TextSpan.FromBounds(Math.Min(line.Start + Math.Max(e.Position.Column - 1, 0), line.End), line.End);
            return [(Location.Create(file.Path, span, source.Lines.GetLinePositionSpan(span)), e.Message)];
        }
    }
}

/// <summary>
/// The budget and the baseline, which Unikernel.Sdk hands to the compiler as additional files, read by the code of the size tool: what would fail a
/// publish minutes later is said at its line while it is typed.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BudgetAnalyzer : AdditionalFileAnalyzer
{
    private static readonly ImmutableArray<BudgetRule> s_rules = [new UKN4010_BudgetMalformed(), new UKN4013_BaselineUnreadable()];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. s_rules.Select(rule => rule.Descriptor)];

    private protected override void Analyze(AdditionalFileAnalysisContext context)
    {
        foreach (BudgetRule rule in s_rules)
        {
            foreach ((Location place, string problem) in rule.Report(context.AdditionalFile, context.Options.AnalyzerConfigOptionsProvider, context.CancellationToken))
            {
                context.ReportDiagnostic(Diagnostic.Create(rule.Descriptor, place, problem));
            }
        }
    }
}
