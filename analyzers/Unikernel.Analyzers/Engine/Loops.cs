using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Unikernel.Analyzers;

/// <summary>Where an operation stands in relation to loops of its own body.</summary>
internal static class Loops
{
    /// <summary>The innermost loop around an operation in the same function, or null.</summary>
    public static ILoopOperation? Around(IOperation? operation)
    {
        for (IOperation? parent = operation?.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case ILoopOperation loop:
                    return loop;
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    return null;
            }
        }

        return null;
    }

    public static bool IsInLoop(IOperation? operation) => Around(operation) is not null;
}
