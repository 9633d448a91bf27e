using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;
using Unikernel.Size.Budgets;

namespace Unikernel.Analyzers;

/// <summary>UKN4013 for a baseline that is there; whether one is missing is known where the image is.</summary>
internal sealed class UKN4013_BaselineUnreadable : BudgetRule
{
    public override DiagnosticDescriptor Descriptor { get; } = SizeRules.BaselineUnreadable.ToDescriptor();

    public override IEnumerable<(Location Place, string Problem)> Report(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellation) =>
        file.Path.EndsWith(".baseline.txt", StringComparison.OrdinalIgnoreCase) ? Read(file, text => BaselineText.Parse(text).Count(), cancellation) : [];
}
