using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// A rule about a habit of servers that hurts in a small machine, seen by the shape of the code around an operation. Off in tests, where such
/// code is normal, in generated code, which nobody will change, and where a guard keeps the code from a unikernel.
/// </summary>
public abstract class HabitAnalyzer : DiagnosticAnalyzer
{
    private readonly DiagnosticDescriptor _descriptor;

    private protected HabitAnalyzer(Rule rule)
    {
        _descriptor = rule.ToDescriptor();
        SupportedDiagnostics = [_descriptor];
    }

    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; }

    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            AnalyzerConfigOptionsProvider options = start.Options.AnalyzerConfigOptionsProvider;
            if (AnalyzerGate.IsOpen(options) && !AnalyzerGate.IsTestProject(options))
            {
                Register(start);
            }
        });
    }

    /// <summary>Registers what looks at operations.</summary>
    private protected abstract void Register(CompilationStartAnalysisContext start);

    /// <summary>Reports the operation, unless a guard keeps it from a unikernel.</summary>
    private protected void Report(OperationAnalysisContext context, ImmutableDictionary<string, string?> properties, params object[] arguments)
    {
        if (!GuardFlow.IsGuarded(context.Operation, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(_descriptor, context.Operation.Syntax.GetLocation(), properties, arguments));
        }
    }

    private protected void Report(OperationAnalysisContext context, params object[] arguments) =>
        Report(context, ImmutableDictionary<string, string?>.Empty, arguments);
}
