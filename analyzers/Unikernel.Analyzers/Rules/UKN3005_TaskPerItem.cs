using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3005: <c>Task.Run</c> whose task is not awaited, once for each item of a sequence.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3005_TaskPerItem : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_descriptor = RuntimeRules.TaskPerItem.ToDescriptor();

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_descriptor];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            AnalyzerConfigOptionsProvider options = start.Options.AnalyzerConfigOptionsProvider;
            if (AnalyzerGate.IsOpen(options) && !AnalyzerGate.IsTestProject(options))
            {
                start.RegisterOperationAction(Analyze, OperationKind.Invocation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        IInvocationOperation call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is { Name: "Run", IsStatic: true, ContainingType: { Name: "Task", ContainingNamespace.Name: "Tasks" } }
            && call.Parent is not IAwaitOperation && Loops.Around(call) is IForEachLoopOperation loop && !IsSmall(loop.Collection)
            && !GuardFlow.IsGuarded(call, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_descriptor, call.Syntax.GetLocation()));
        }
    }

    /// <summary>A range or a collection written out in the source is no input.</summary>
    private static bool IsSmall(IOperation collection)
    {
        while (collection is IConversionOperation conversion)
        {
            collection = conversion.Operand;
        }

        return collection is IArrayCreationOperation or ICollectionExpressionOperation
            or IInvocationOperation { TargetMethod: { Name: "Range" or "Repeat", ContainingType.Name: "Enumerable" } };
    }
}
