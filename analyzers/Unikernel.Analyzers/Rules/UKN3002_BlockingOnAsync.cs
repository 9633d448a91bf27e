using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN3002: <c>.Result</c>, <c>.Wait()</c> and <c>.GetAwaiter().GetResult()</c> in code that runs per request: async functions, and
/// functions handed to an ASP.NET Core endpoint or middleware.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3002_BlockingOnAsync() : HabitAnalyzer(RuntimeRules.BlockingOnAsync)
{
    private protected override void Register(CompilationStartAnalysisContext start)
    {
        start.RegisterOperationAction(AnalyzeProperty, OperationKind.PropertyReference);
        start.RegisterOperationAction(AnalyzeCall, OperationKind.Invocation);
    }

    private void AnalyzeProperty(OperationAnalysisContext context)
    {
        IPropertyReferenceOperation property = (IPropertyReferenceOperation)context.Operation;
        if (property.Property is { Name: "Result", ContainingType: { Name: "Task" or "ValueTask", Arity: 1 } type } && IsTasks(type) && !IsCompleted(property.Instance))
        {
            ReportWait(context, "Result", property.Property.ContainingType.Name);
        }
    }

    private void AnalyzeCall(OperationAnalysisContext context)
    {
        IInvocationOperation call = (IInvocationOperation)context.Operation;
        switch (call.TargetMethod)
        {
            case { Name: "Wait", Parameters.Length: 0, ContainingType: { Name: "Task" } type } when IsTasks(type) && !IsCompleted(call.Instance):
                ReportWait(context, "Wait", "Task");
                break;
            case { Name: "GetResult", ContainingType.Name: "TaskAwaiter" or "ValueTaskAwaiter" or "ConfiguredTaskAwaiter" } when !IsCompleted(Awaited(call.Instance)):
                ReportWait(context, "GetResult", "GetAwaiter");
                break;
        }
    }

    private void ReportWait(OperationAnalysisContext context, string member, string type)
    {
        (bool perRequest, bool canAwait) = Place(context);
        if (perRequest)
        {
            ImmutableDictionary<string, string?> properties = canAwait
                ? ImmutableDictionary<string, string?>.Empty.Add("Member", member) : ImmutableDictionary<string, string?>.Empty;
            Report(context, properties, type + "." + member);
        }
    }

    /// <summary>Whether the operation runs per request, and whether the function around it may hold an await.</summary>
    private static (bool PerRequest, bool CanAwait) Place(OperationAnalysisContext context)
    {
        for (IOperation? parent = context.Operation.Parent; parent is not null; parent = parent.Parent)
        {
            IMethodSymbol? function = parent switch
            {
                IAnonymousFunctionOperation lambda => lambda.Symbol,
                ILocalFunctionOperation local => local.Symbol,
                _ => null,
            };
            if (function is null)
            {
                continue;
            }

            if (function.IsAsync)
            {
                return (true, true);
            }

            for (IOperation? use = parent.Parent; use is IConversionOperation or IDelegateCreationOperation or IArgumentOperation; use = use.Parent)
            {
                if (use is IArgumentOperation { Parent: IInvocationOperation { TargetMethod: { } target } } && IsEndpoint(target))
                {
                    return (true, false);
                }
            }

            return (false, false);
        }

        return context.ContainingSymbol is IMethodSymbol { IsAsync: true } ? (true, true) : (false, false);
    }

    private static bool IsEndpoint(IMethodSymbol method) =>
        method.ContainingNamespace?.ToDisplayString() == "Microsoft.AspNetCore.Builder"
        && (method.Name.StartsWith("Map", System.StringComparison.Ordinal) || method.Name is "Use" or "Run");

    /// <summary>The task of an awaiter, if it is asked for on the spot.</summary>
    private static IOperation? Awaited(IOperation? awaiter)
    {
        while (awaiter is IInvocationOperation { TargetMethod.Name: "GetAwaiter" or "ConfigureAwait" } call)
        {
            awaiter = call.Instance;
        }

        return awaiter;
    }

    /// <summary><c>task.Result</c> after <c>await task</c>, <c>Task.WhenAll</c> or a look at whether it is completed does not block, and is a common idiom.</summary>
    private static bool IsCompleted(IOperation? instance)
    {
        ISymbol? variable = instance switch
        {
            ILocalReferenceOperation local => local.Local,
            IParameterReferenceOperation parameter => parameter.Parameter,
            _ => null,
        };
        if (variable is null)
        {
            return false;
        }

        IOperation root = instance!;
        while (root.Parent is { } parent and not IAnonymousFunctionOperation and not ILocalFunctionOperation)
        {
            root = parent;
        }

        foreach (IOperation operation in root.Descendants())
        {
            if (operation.Syntax.SpanStart >= instance!.Syntax.SpanStart)
            {
                continue;
            }

            if (operation is IPropertyReferenceOperation { Property.Name: "IsCompleted" or "IsCompletedSuccessfully" or "Status" } state && References(state.Instance, variable))
            {
                return true;
            }

            if (operation is IAwaitOperation awaited)
            {
                foreach (IOperation part in awaited.Operation.DescendantsAndSelf())
                {
                    if (References(part, variable))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private static bool References(IOperation? operation, ISymbol variable) => operation switch
    {
        ILocalReferenceOperation local => SymbolEqualityComparer.Default.Equals(local.Local, variable),
        IParameterReferenceOperation parameter => SymbolEqualityComparer.Default.Equals(parameter.Parameter, variable),
        _ => false,
    };

    private static bool IsTasks(INamedTypeSymbol type) => type.ContainingNamespace is { Name: "Tasks", ContainingNamespace.Name: "Threading" };
}
