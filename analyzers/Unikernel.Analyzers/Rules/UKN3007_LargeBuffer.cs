using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3007: an array over the large-object limit (85,000 bytes), made anew in an async function or a loop.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3007_LargeBuffer() : HabitAnalyzer(RuntimeRules.LargeBuffer)
{
    /// <summary>The GC's default LOH threshold (runtime: gcconfig.h, GCLOHThreshold).</summary>
    private const long LargeObjectBytes = 85_000;

    private protected override void Register(CompilationStartAnalysisContext start)
    {
        start.RegisterOperationAction(Analyze, OperationKind.ArrayCreation);
    }

    private void Analyze(OperationAnalysisContext context)
    {
        IArrayCreationOperation creation = (IArrayCreationOperation)context.Operation;
        if (creation is not { DimensionSizes: [{ ConstantValue: { HasValue: true, Value: int length } }], Type: IArrayTypeSymbol array, Initializer: null })
        {
            return;
        }

        long bytes = length * ElementSize(array.ElementType);
        if (bytes >= LargeObjectBytes && IsRepeated(context))
        {
            Report(context, bytes);
        }
    }

    private static bool IsRepeated(OperationAnalysisContext context)
    {
        if (Loops.IsInLoop(context.Operation))
        {
            return true;
        }

        for (IOperation? parent = context.Operation.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol.IsAsync;
                case ILocalFunctionOperation local:
                    return local.Symbol.IsAsync;
            }
        }

        // Main runs once, async or not.
        return context.ContainingSymbol is IMethodSymbol { IsAsync: true } method && method.Name is not ("Main" or "<Main>$");
    }

    private static long ElementSize(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Byte or SpecialType.System_SByte or SpecialType.System_Boolean => 1,
        SpecialType.System_Char or SpecialType.System_Int16 or SpecialType.System_UInt16 => 2,
        SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single => 4,
        SpecialType.System_Decimal => 16,
        _ => type.IsReferenceType || type.SpecialType is SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_Double ? 8 : 1,
    };
}
