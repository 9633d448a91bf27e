using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>A method that is named: its signature and attributes are needed, its code is not (yet).</summary>
public sealed class MethodNode(MethodDefinition method) : Node
{
    public MethodDefinition Method { get; } = method;

    public override string Kind => "method signature";

    public override string Name => Method.FullName;

    public override (string Owner, string? Member) ShortName => (Method.DeclaringType.FullName, Method.Name);

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Type(Method.DeclaringType), "declared by");
        Signatures.CollectType(needs, Method.ReturnType, "return type");
        CustomAttributes.Collect(needs, Method.MethodReturnType);
        Signatures.CollectMarshalling(needs, Method.MethodReturnType);
        foreach (ParameterDefinition parameter in Method.Parameters)
        {
            Signatures.CollectType(needs, parameter.ParameterType, "parameter type");
            CustomAttributes.Collect(needs, parameter);
            Signatures.CollectMarshalling(needs, parameter);
        }

        Signatures.CollectGenericParameters(needs, Method);
        CustomAttributes.Collect(needs, Method);
        if (Method.HasOverrides)
        {
            foreach (MethodReference overridden in Method.Overrides)
                Signatures.CollectType(needs, overridden.DeclaringType, "declares the overridden method");
        }

        // A property or event stays in metadata with the first of its accessors.
        if (Method.IsGetter || Method.IsSetter)
        {
            if (TypeFacts.PropertyOf(Method) is { } property)
            {
                CustomAttributes.Collect(needs, property);
                Signatures.CollectType(needs, property.PropertyType, "type of property");
            }
        }
        else if ((Method.IsAddOn || Method.IsRemoveOn || Method.IsFire) && TypeFacts.EventOf(Method) is { } @event)
        {
            CustomAttributes.Collect(needs, @event);
            Signatures.CollectType(needs, @event.EventType, "type of event");
        }
    }
}
