using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Unikernel.Analyzers;

/// <summary>One place where source code touches a member of an API.</summary>
internal readonly struct ApiUse(ISymbol symbol, INamedTypeSymbol type, TypeNeeds? needs, IOperation? operation, Location location, AnalyzerConfigOptionsProvider options)
{
    /// <summary>The member used (a method, property, field, event or constructor), or the type itself for attributes, base types and typeof.</summary>
    public ISymbol Symbol { get; } = symbol;

    /// <summary>The type that declares the member, in its original definition.</summary>
    public INamedTypeSymbol Type { get; } = type;

    /// <summary>What the linker's data say of the type; null where nothing.</summary>
    public TypeNeeds? Needs { get; } = needs;

    /// <summary>The operation, where the use is in a body.</summary>
    public IOperation? Operation { get; } = operation;

    public Location Location { get; } = location;

    /// <summary>What the project says.</summary>
    public AnalyzerConfigOptionsProvider Options { get; } = options;

    /// <summary>How the symbol is named in a message: <c>Process.Start</c>, <c>new FileSystemWatcher</c>, <c>EventLog</c>.</summary>
    public string DisplayName => Symbol switch
    {
        IMethodSymbol { MethodKind: MethodKind.Constructor } => "new " + Type.Name,
        INamedTypeSymbol named => named.Name,
        _ => Type.Name + "." + Symbol.Name,
    };

    /// <summary>Every kind of operation through which a body reaches a member; the list is BannedApiAnalyzers' checklist.</summary>
    public static readonly ImmutableArray<OperationKind> Kinds =
    [
        OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.MethodReference, OperationKind.PropertyReference,
        OperationKind.FieldReference, OperationKind.EventReference, OperationKind.TypeOf, OperationKind.Conversion,
        OperationKind.Binary, OperationKind.Unary, OperationKind.Increment, OperationKind.Decrement, OperationKind.CompoundAssignment,
    ];

    public static ISymbol? SymbolOf(IOperation operation) => operation switch
    {
        IInvocationOperation invocation => invocation.TargetMethod.ReducedFrom ?? invocation.TargetMethod,
        IObjectCreationOperation creation => creation.Constructor,
        IMethodReferenceOperation method => method.Method.ReducedFrom ?? method.Method,
        IMemberReferenceOperation member => member.Member,
        ITypeOfOperation typeOf => typeOf.TypeOperand as INamedTypeSymbol,
        IConversionOperation conversion => conversion.OperatorMethod,
        IBinaryOperation binary => binary.OperatorMethod,
        IUnaryOperation unary => unary.OperatorMethod,
        IIncrementOrDecrementOperation increment => increment.OperatorMethod,
        ICompoundAssignmentOperation compound => compound.OperatorMethod,
        _ => null,
    };
}

/// <summary>A rule about APIs: which uses it reports, and with which arguments of its text.</summary>
internal abstract class ApiRule
{
    public abstract DiagnosticDescriptor Descriptor { get; }

    /// <summary>Full metadata names of the types whose members the rule judges; null: the rule looks the type up itself.</summary>
    public abstract IReadOnlyCollection<string>? Types { get; }

    /// <summary>For a rule without <see cref="Types"/>: does it judge members of a type with these needs? Asked once per type and compilation.</summary>
    public virtual bool Judges(TypeNeeds? needs) => false;

    /// <summary>Is the rule on in this compilation?</summary>
    public virtual bool IsOn(AnalyzerConfigOptionsProvider options) => true;

    /// <summary>The arguments of the message where the use is to be reported, null where it is not.</summary>
    public abstract object[]? Report(in ApiUse use);

    /// <summary>Facts that the code fix needs; never computed a second time there.</summary>
    public virtual ImmutableDictionary<string, string?> Properties(in ApiUse use) => ImmutableDictionary<string, string?>.Empty;
}
