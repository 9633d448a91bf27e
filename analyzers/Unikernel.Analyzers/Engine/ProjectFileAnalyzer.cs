using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>A rule about what a project file says.</summary>
internal abstract class ProjectRule
{
    public abstract DiagnosticDescriptor Descriptor { get; }

    /// <summary>The arguments of each message about an element.</summary>
    public abstract IEnumerable<object[]> Report(ProjectElement element, AnalyzerConfigOptionsProvider options);
}

/// <summary>One pass over the project files for all rules about them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProjectFileAnalyzer : AdditionalFileAnalyzer
{
    private static readonly ImmutableArray<ProjectRule> s_rules = [new UKN1014_SharedLibraryPackage(), new UKN1022_UnknownCapability(), new UKN1023_GlobalizationOn()];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. s_rules.Select(rule => rule.Descriptor)];

    private protected override void Analyze(AdditionalFileAnalysisContext context)
    {
        if (!ProjectFile.IsProject(context.AdditionalFile))
        {
            return;
        }

        foreach (ProjectElement element in ProjectFile.Elements(context.AdditionalFile, context.CancellationToken))
        {
            foreach (ProjectRule rule in s_rules)
            {
                foreach (object[] arguments in rule.Report(element, context.Options.AnalyzerConfigOptionsProvider))
                {
                    context.ReportDiagnostic(Diagnostic.Create(rule.Descriptor, element.Location, arguments));
                }
            }
        }
    }
}
