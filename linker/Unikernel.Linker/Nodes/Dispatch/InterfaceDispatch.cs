using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Nodes.Dispatch;

/// <summary>
/// Interface dispatch: what implements an interface method in a type is needed when an object of the type can exist and the
/// interface method is called. An implementation may be a public method of the type or of a base, an explicit one (its overrides
/// name the interface method; <see cref="VirtualDispatch"/> covers those), or a default in an interface.
/// </summary>
public static class InterfaceDispatch
{
    public static void Collect(DependencyCollector needs, TypeDefinition type)
    {
        if (type.IsInterface || !type.HasInterfaces)
            return;
        foreach (TypeDefinition @interface in AllInterfaces(needs.Context.Resolver, type))
        {
            foreach (MethodDefinition slot in @interface.Methods)
            {
                if (slot.IsStatic || !slot.IsVirtual)
                    continue;
                if (slot.HasBody)
                    CollectDefault(needs, slot);
                CollectImplementations(needs, type, slot);
            }
        }
    }

    /// <summary>The interfaces that a type's own declaration brings, with those that they extend.</summary>
    public static IReadOnlyCollection<TypeDefinition> AllInterfaces(MemberResolver resolver, TypeDefinition type)
    {
        var found = new HashSet<TypeDefinition>();
        var pending = new Stack<TypeDefinition>();
        pending.Push(type);
        while (pending.TryPop(out TypeDefinition? current))
        {
            if (!current.HasInterfaces)
                continue;
            foreach (InterfaceImplementation implementation in current.Interfaces)
            {
                if (resolver.Resolve(implementation.InterfaceType) is { } @interface && found.Add(@interface))
                    pending.Push(@interface);
            }
        }

        return found;
    }

    // A default body serves its own slot and those of extended interfaces that it overrides explicitly.
    private static void CollectDefault(DependencyCollector needs, MethodDefinition method)
    {
        needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(method), "default interface method");
        foreach (MethodDefinition overridden in VirtualDispatch.OverriddenBy(needs.Context.Resolver, method))
            needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(overridden), "default interface method");
    }

    private static void CollectImplementations(DependencyCollector needs, TypeDefinition type, MethodDefinition slot)
    {
        foreach (TypeDefinition current in needs.Context.Resolver.Hierarchy(type))
        {
            foreach (MethodDefinition method in current.Methods)
            {
                if (!method.IsVirtual || method.IsStatic || !VirtualDispatch.Matches(method, slot))
                    continue;
                needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(slot), "implements called interface method");
                // The implementation may be overridden further down without the interface being named again.
                if (!method.IsFinal)
                    needs.AddIf(needs.Nodes.Slot(method), needs.Nodes.Slot(slot), "implements called interface method");
            }
        }
    }
}
