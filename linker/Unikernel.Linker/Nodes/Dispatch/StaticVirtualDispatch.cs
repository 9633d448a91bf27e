using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Dispatch;

/// <summary>
/// Static abstract and static virtual interface members: they are called through a type argument, so the implementing type need
/// not be constructed, only named.
/// </summary>
public static class StaticVirtualDispatch
{
    public static void Collect(DependencyCollector needs, TypeDefinition type)
    {
        if (!type.HasInterfaces && !type.IsInterface)
            return;
        if (type.IsInterface)
        {
            foreach (MethodDefinition method in type.Methods)
            {
                if (!method.IsStatic || !method.HasBody || !(method.IsVirtual || method.HasOverrides))
                    continue;
                needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(method), "default of static interface method");
                CollectOverrides(needs, method);
            }

            return;
        }

        foreach (MethodDefinition method in type.Methods)
        {
            if (method.IsStatic && method.HasOverrides)
                CollectOverrides(needs, method);
        }

        foreach (TypeDefinition @interface in InterfaceDispatch.AllInterfaces(needs.Context.Resolver, type))
        {
            foreach (MethodDefinition slot in @interface.Methods)
            {
                if (!slot.IsStatic || !slot.IsVirtual)
                    continue;
                foreach (TypeDefinition current in needs.Context.Resolver.Hierarchy(type))
                {
                    foreach (MethodDefinition method in current.Methods)
                    {
                        if (method.IsStatic && VirtualDispatch.Matches(method, slot))
                            needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(slot), "implements called static interface method");
                    }
                }
            }
        }
    }

    private static void CollectOverrides(DependencyCollector needs, MethodDefinition method)
    {
        foreach (MethodReference reference in method.Overrides)
        {
            if (needs.Context.Resolver.Resolve(reference) is { } slot)
                needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(slot), "implements called static interface method");
        }
    }
}
