using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Dispatch;
using Unikernel.Linker.Nodes.Reflection;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// A type of which an object can exist (allocated, boxed, named by ldtoken, given as a generic argument). Only such a type receives
/// virtual calls: each override waits here for its slot to be used.
/// </summary>
public sealed class ConstructedTypeNode(TypeDefinition type) : Node
{
    public TypeDefinition Type { get; } = type;

    public override string Kind => "constructed type";

    public override string Name => Type.FullName;

    public override void Collect(DependencyCollector needs)
    {
        NodeFactory nodes = needs.Nodes;
        needs.Add(nodes.Type(Type), "type of the object");
        if (Type.BaseType is { } baseReference)
        {
            if (needs.Context.Resolver.Resolve(baseReference) is { } baseType)
                needs.Add(nodes.Constructed(baseType), "base of the object's type");
            GenericArguments.Collect(needs, baseReference, "argument of base type");
        }

        if (Type.HasInterfaces)
        {
            foreach (InterfaceImplementation implementation in Type.Interfaces)
                GenericArguments.Collect(needs, implementation.InterfaceType, "argument of interface");
        }

        foreach (FieldDefinition field in Type.Fields)
        {
            if (!field.IsStatic || Type.IsEnum)
                needs.Add(nodes.Field(field), Type.IsEnum ? "name of enum value" : "layout of");
        }

        if (TypeFacts.StaticConstructor(Type) is { } cctor)
            needs.Add(nodes.Body(cctor), "static constructor");

        VirtualDispatch.Collect(needs, Type);
        InterfaceDispatch.Collect(needs, Type);
        HierarchyAnnotations.Collect(needs, Type);
    }
}
