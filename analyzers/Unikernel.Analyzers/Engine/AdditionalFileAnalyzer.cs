using Microsoft.CodeAnalysis.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>Rules about what Unikernel.Sdk hands to the compiler besides source code: the project, its budget, its baseline.</summary>
public abstract class AdditionalFileAnalyzer : DiagnosticAnalyzer
{
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (AnalyzerGate.IsOpen(start.Options.AnalyzerConfigOptionsProvider))
            {
                start.RegisterAdditionalFileAction(Analyze);
            }
        });
    }

    private protected abstract void Analyze(AdditionalFileAnalysisContext context);
}
