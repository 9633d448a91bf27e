using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1020: a capability that is used and not stated, where the use is the way in: what is done with a socket afterwards says nothing new.</summary>
internal static class UKN1020_UndeclaredCapability
{
    public static DiagnosticDescriptor Descriptor { get; } = PlatformRules.UndeclaredCapability.ToDescriptor();

    public static void Report(OperationAnalysisContext context, in ApiUse use, string capability, Need need)
    {
        if (use.Symbol is IMethodSymbol { IsStatic: true } or IMethodSymbol { MethodKind: MethodKind.Constructor } or IPropertySymbol { IsStatic: true }
            && Capability.IsWayIn(capability, use.Type.ContainingNamespace?.ToDisplayString() ?? "")
            && !GuardFlow.IsGuarded(context.Operation, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, use.Location, use.DisplayName, capability, need.Reason));
        }
    }
}
