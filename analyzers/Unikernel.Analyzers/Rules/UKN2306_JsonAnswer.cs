using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN2306: a minimal API answers an object as JSON, and the program has no JsonSerializerContext. The framework's own analyzers are silent: the request
/// delegate generator takes the place of the methods that they would report, and leaves finding the type's members to run time.
/// </summary>
internal sealed class UKN2306_JsonAnswer : ApiRule
{
    private static readonly ConditionalWeakTable<Compilation, object> s_hasContext = new();

    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.JsonAnswer.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
    [
        "Microsoft.AspNetCore.Builder.EndpointRouteBuilderExtensions", "Microsoft.AspNetCore.Http.Results", "Microsoft.AspNetCore.Http.TypedResults",
    ];

    public override object[]? Report(in ApiUse use)
    {
        if (use.Operation is not IInvocationOperation { SemanticModel: { } model } call)
        {
            return null;
        }

        ITypeSymbol? answer = use.Type.Name == "EndpointRouteBuilderExtensions" ? OfHandler(call) : OfResult(call);
        return answer is not null && IsSerialized(answer) && !HasContext(model.Compilation) ? [use.DisplayName, answer.ToMinimalDisplayString(model, call.Syntax.SpanStart)] : null;
    }

    // What the handler of MapGet and its like returns, out of its task.
    private static ITypeSymbol? OfHandler(IInvocationOperation call)
    {
        IOperation? handler = call.Arguments.FirstOrDefault(argument => argument.Parameter?.Type is { Name: "Delegate", ContainingNamespace.Name: "System" })?.Value;
        while (handler is IConversionOperation conversion)
        {
            handler = conversion.Operand;
        }

        ITypeSymbol? type = (handler as IDelegateCreationOperation)?.Target switch
        {
            IAnonymousFunctionOperation function => function.Symbol.ReturnType,
            IMethodReferenceOperation method => method.Method.ReturnType,
            _ => null,
        };
        return type is INamedTypeSymbol { Name: "Task" or "ValueTask", TypeArguments: [var result] } ? result : type;
    }

    // Ok<T>(T value) and its like, without the overloads that are told how.
    private static ITypeSymbol? OfResult(IInvocationOperation call) =>
        call.TargetMethod is { TypeArguments: [var value], Parameters: var parameters } && !parameters.Any(p => p.Type.Name is "JsonTypeInfo" or "JsonSerializerContext") ? value : null;

    private static bool IsSerialized(ITypeSymbol type) =>
        type is { SpecialType: SpecialType.None, TypeKind: TypeKind.Class or TypeKind.Struct or TypeKind.Array or TypeKind.Interface }
        && type is not INamedTypeSymbol { Name: "Task" or "ValueTask" }
        && type.Name != "IResult" && !type.AllInterfaces.Any(i => i.Name == "IResult");

    // Of its own, or of a project or package that it references.
    private static bool HasContext(Compilation compilation) =>
        (bool)s_hasContext.GetValue(compilation, static c => c.GetTypeByMetadataName("System.Text.Json.Serialization.JsonSerializerContext") is not { } context
            || c.SourceModule.ReferencedAssemblySymbols.Where(a => !IsFramework(a) && a.Modules.Any(m => m.ReferencedAssemblies.Any(r => r.Name == context.ContainingAssembly.Name)))
                .Prepend(c.Assembly).Any(assembly => HasDerived(assembly.GlobalNamespace, context)));

    private static bool IsFramework(IAssemblySymbol assembly) =>
        assembly.Name.StartsWith("System.", System.StringComparison.Ordinal) || assembly.Name.StartsWith("Microsoft.AspNetCore.", System.StringComparison.Ordinal) || assembly.Name.StartsWith("Microsoft.Extensions.", System.StringComparison.Ordinal);

    private static bool HasDerived(INamespaceOrTypeSymbol within, INamedTypeSymbol context) =>
        within.GetMembers().Any(member => member switch
        {
            INamedTypeSymbol type => SymbolEqualityComparer.Default.Equals(type.BaseType, context) || HasDerived(type, context),
            INamespaceSymbol space => HasDerived(space, context),
            _ => false,
        });
}
