using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3006: GC.Collect in a loop.</summary>
internal sealed class UKN3006_CollectInLoop : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = RuntimeRules.CollectInLoop.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.GC"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTestProject(options);

    public override object[]? Report(in ApiUse use) => use.Symbol.Name == "Collect" && Loops.IsInLoop(use.Operation) ? [use.DisplayName] : null;
}

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
