using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Dispatch;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// A type whose name is needed: in a signature, as a base, for a cast. It keeps what the type system asks about any type (base,
/// interfaces, constraints, the layout of a struct) and no code.
/// </summary>
public sealed class TypeNode(TypeDefinition type) : Node
{
    public TypeDefinition Type { get; } = type;

    public override string Kind => "type";

    public override string Name => Type.FullName;

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Assembly(Type.Module.Assembly), "contained in");
        if (Type.DeclaringType is { } declaring)
            needs.Add(needs.Nodes.Type(declaring), "nested in");
        if (Type.BaseType is { } baseType)
            Signatures.CollectType(needs, baseType, "base type");
        if (Type.HasInterfaces)
        {
            foreach (InterfaceImplementation implementation in Type.Interfaces)
            {
                Signatures.CollectType(needs, implementation.InterfaceType, "interface");
                CustomAttributes.Collect(needs, implementation);
            }
        }

        Signatures.CollectGenericParameters(needs, Type);
        CustomAttributes.Collect(needs, Type);

        if (Type.IsValueType)
        {
            foreach (FieldDefinition field in Type.Fields)
            {
                if (!field.IsStatic)
                    needs.Add(needs.Nodes.Field(field), "layout of");
            }
        }

        if (TypeFacts.IsDelegate(Type))
        {
            // Bodies of delegates are the runtime's; their signatures are what a delegate type is.
            foreach (MethodDefinition method in Type.Methods)
                needs.Add(needs.Nodes.Method(method), "member of delegate");
        }

        StaticVirtualDispatch.Collect(needs, Type);
    }
}
