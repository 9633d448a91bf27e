using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>Members of a type that reflection may look for: what a DynamicallyAccessedMembers annotation demands.</summary>
public sealed class DynamicAccessNode(TypeDefinition type, MemberKinds kinds) : Node
{
    public override string Kind => "reflection access";

    public override string Name => $"{type.FullName} ({kinds})";

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Constructed(type), "type of members");
        CollectDeclared(needs, type, inherited: false);

        // Reflection also finds what base types declare (constructors and nested types excepted), so these go along.
        foreach (TypeDefinition current in needs.Context.Resolver.BasesOf(type))
            CollectDeclared(needs, current, inherited: true);

        if (kinds == MemberKinds.All || (kinds & MemberKinds.Interfaces) != 0)
        {
            foreach (TypeDefinition @interface in Dispatch.InterfaceDispatch.AllInterfaces(needs.Context.Resolver, type))
            {
                needs.Add(needs.Nodes.Constructed(@interface), "interface");
                if (kinds == MemberKinds.All)
                    needs.Add(needs.Nodes.DynamicAccess(@interface, kinds), "interface");
            }
        }

        if (type.IsInterface && kinds != MemberKinds.All)
        {
            foreach (TypeDefinition @interface in Dispatch.InterfaceDispatch.AllInterfaces(needs.Context.Resolver, type))
                CollectDeclared(needs, @interface, inherited: true);
        }
    }

    private void CollectDeclared(DependencyCollector needs, TypeDefinition declaring, bool inherited)
    {
        NodeFactory nodes = needs.Nodes;
        foreach (MethodDefinition method in declaring.Methods)
        {
            if (method.IsConstructor ? WantsConstructor(method, inherited) : Wants(method.IsPublic, MemberKinds.PublicMethods, MemberKinds.NonPublicMethods))
                needs.Add(nodes.Reflected(method), "found by reflection");
        }

        foreach (FieldDefinition field in declaring.Fields)
        {
            if (!Wants(field.IsPublic, MemberKinds.PublicFields, MemberKinds.NonPublicFields))
                continue;
            needs.Add(nodes.Field(field), "found by reflection");
            GenericArguments.CollectConstructed(needs, field.FieldType, "value of reflected field");
        }

        foreach (PropertyDefinition property in declaring.Properties)
        {
            bool isPublic = property.GetMethod is { IsPublic: true } || property.SetMethod is { IsPublic: true };
            bool isPrivate = property.GetMethod is { IsPublic: false } || property.SetMethod is { IsPublic: false };
            if ((isPublic && Wants(true, MemberKinds.PublicProperties, MemberKinds.None)) || (isPrivate && Wants(false, MemberKinds.None, MemberKinds.NonPublicProperties)))
                CollectAccessors(needs, property.GetMethod, property.SetMethod);
        }

        foreach (EventDefinition @event in declaring.Events)
        {
            if (Wants(@event.AddMethod is { IsPublic: true }, MemberKinds.PublicEvents, MemberKinds.NonPublicEvents))
                CollectAccessors(needs, @event.AddMethod, @event.RemoveMethod);
        }

        if (inherited && kinds != MemberKinds.All)
            return;
        foreach (TypeDefinition nested in declaring.NestedTypes)
        {
            // A nested type comes with all of its members: code that looks for it has no way to say what it wants of it.
            if (Wants(nested.IsNestedPublic, MemberKinds.PublicNestedTypes, MemberKinds.NonPublicNestedTypes))
                needs.Add(nodes.DynamicAccess(nested, MemberKinds.All), "nested type found by reflection");
        }
    }

    private bool WantsConstructor(MethodDefinition method, bool inherited)
    {
        if (kinds == MemberKinds.All)
            return true;
        if (method.IsStatic || (inherited && ((int)kinds & 0x104000) == 0))
            return false;
        if (!method.IsPublic)
            return (kinds & MemberKinds.NonPublicConstructors) != 0;
        return ((int)kinds & 0x0002) != 0 || (!method.HasParameters && (kinds & MemberKinds.PublicParameterlessConstructor) != 0);
    }

    private bool Wants(bool isPublic, MemberKinds whenPublic, MemberKinds whenNot) => (kinds & (isPublic ? whenPublic : whenNot)) != 0;

    private static void CollectAccessors(DependencyCollector needs, params ReadOnlySpan<MethodDefinition?> accessors)
    {
        foreach (MethodDefinition? accessor in accessors)
        {
            if (accessor is not null)
                needs.Add(needs.Nodes.Reflected(accessor), "accessor found by reflection");
        }
    }
}
