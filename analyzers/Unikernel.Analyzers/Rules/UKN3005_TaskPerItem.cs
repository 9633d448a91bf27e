using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3005: <c>Task.Run</c> whose task is not awaited, once for each item of a sequence.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3005_TaskPerItem() : HabitAnalyzer(RuntimeRules.TaskPerItem)
{
    private protected override void Register(CompilationStartAnalysisContext start)
    {
        start.RegisterOperationAction(Analyze, OperationKind.Invocation);
    }

    private void Analyze(OperationAnalysisContext context)
    {
        IInvocationOperation call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod is { Name: "Run", IsStatic: true, ContainingType: { Name: "Task", ContainingNamespace.Name: "Tasks" } }
            && call.Parent is not IAwaitOperation && Loops.Around(call) is IForEachLoopOperation loop && !IsSmall(loop.Collection))
        {
            Report(context);
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
