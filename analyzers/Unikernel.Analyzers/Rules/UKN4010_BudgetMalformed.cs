using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;
using Unikernel.Size.Budgets;

namespace Unikernel.Analyzers;

/// <summary>UKN4010: a limit that the size tool could not read at publish, in the budget's file or in an item of the project.</summary>
internal sealed class UKN4010_BudgetMalformed : BudgetRule
{
    private static readonly string[] s_sizes = ["limit", "warning", "growth"];

    /// <summary>What Unikernel.Size.targets hands to the size tool.</summary>
    private static readonly string[] s_metadata = [.. s_sizes, "configuration", "message"];

    public override DiagnosticDescriptor Descriptor { get; } = SizeRules.BudgetMalformed.ToDescriptor();

    public override IEnumerable<(Location Place, string Problem)> Report(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellation)
    {
        if (ProjectFile.IsProject(file))
        {
            return ProjectFile.Elements(file, cancellation).SelectMany(Report);
        }

        return IsBudget(Path.GetFileName(file.Path), options) ? Read(file, text => BudgetFile.Parse(file.Path, text), cancellation) : [];
    }

    private static bool IsBudget(string name, AnalyzerConfigOptionsProvider options) =>
        name.Equals(BudgetFile.DefaultName, StringComparison.OrdinalIgnoreCase)
        || name.Equals(Path.GetFileName(AnalyzerGate.Value(options, "UnikernelBudgetFile")), StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(Location Place, string Problem)> Report(ProjectElement element)
    {
        if (element.Name != "UnikernelBudget")
        {
            yield break;
        }

        KeyValuePair<string, string>[] metadata =
        [
            .. element.Metadata.Select(datum => new KeyValuePair<string, string>(datum.Key.ToLowerInvariant(), datum.Value))
                .Where(datum => s_metadata.Contains(datum.Key)),
        ];
        // What MSBuild computes is not known here, and a size may come from an ItemDefinitionGroup or a later Update.
        if (IsComputed(element.Include) || metadata.Any(datum => IsComputed(datum.Value)) || !metadata.Any(datum => s_sizes.Contains(datum.Key)))
        {
            yield break;
        }

        foreach (string name in element.Names)
        {
            if (ProblemOf(name, metadata) is { } problem)
            {
                yield return (element.Location, BudgetFile.DescribeItem(name, problem));
            }
        }
    }

    private static string? ProblemOf(string include, KeyValuePair<string, string>[] metadata)
    {
        try
        {
            BudgetFile.FromItem(include, metadata, "", default);
            return null;
        }
        catch (BudgetFormatException e)
        {
            return e.Message;
        }
    }

    private static bool IsComputed(string text) => text.IndexOfAny(['$', '@']) >= 0 || text.IndexOf("%(", StringComparison.Ordinal) >= 0;
}
