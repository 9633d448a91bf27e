using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3004: a memory cache made without a size limit.</summary>
internal sealed class UKN3004_UnboundedCache : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = RuntimeRules.UnboundedCache.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
        ["Microsoft.Extensions.Caching.Memory.MemoryCache", "Microsoft.Extensions.Caching.Memory.MemoryCacheOptions", "Microsoft.Extensions.DependencyInjection.MemoryCacheServiceCollectionExtensions"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTestProject(options);

    public override object[]? Report(in ApiUse use) => use.Operation switch
    {
        IObjectCreationOperation { Type.Name: "MemoryCacheOptions" } options when !SetsLimit(options) => [use.DisplayName],
        IInvocationOperation { TargetMethod: { Name: "AddMemoryCache", Parameters.Length: 1 } } => [use.DisplayName],
        _ => null,
    };

    private static bool SetsLimit(IObjectCreationOperation options)
    {
        foreach (IOperation initializer in options.Initializer?.Initializers ?? [])
        {
            if (initializer is ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.Name: "SizeLimit" } })
            {
                return true;
            }
        }

        // An object that is kept in a variable may get its limit in the next statement.
        return options.Parent is IVariableInitializerOperation or IAssignmentOperation;
    }
}
