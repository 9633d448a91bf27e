using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Dispatch;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>
/// DynamicallyAccessedMembers on a class or interface: code may call GetType() on any object of the type and look for these members,
/// so every constructed type below keeps them.
/// </summary>
public static class HierarchyAnnotations
{
    public static void Collect(DependencyCollector needs, TypeDefinition type)
    {
        MemberKinds kinds = MemberKinds.None;
        foreach (TypeDefinition current in needs.Context.Resolver.Hierarchy(type))
            kinds |= needs.Context.Annotations.Of(current);
        foreach (TypeDefinition @interface in InterfaceDispatch.AllInterfaces(needs.Context.Resolver, type))
            kinds |= needs.Context.Annotations.Of(@interface);
        if (kinds != MemberKinds.None)
            needs.Add(needs.Nodes.DynamicAccess(type, kinds), "annotated type hierarchy");
    }
}
