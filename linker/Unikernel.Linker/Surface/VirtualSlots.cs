using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Surface;

/// <summary>Which method bodies implement which virtual or interface method, over all types of the assemblies.</summary>
/// <remarks>
/// Signatures are compared leniently: parameters that depend on generic parameters match any type. Overloads that differ only
/// there are rare, and a body too many makes the result no less true, since only what all bodies need counts.
/// </remarks>
public static class VirtualSlots
{
    /// <summary>Fills <see cref="CallGraph.Node.Implementations"/> of every slot that a type of the assembly implements.</summary>
    public static void Connect(CallGraph graph, AssemblyDefinition assembly, MemberResolver resolver)
    {
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            ConnectMethods(graph, type, resolver);
            if (!type.IsInterface)
                ConnectInterfaces(graph, type, resolver);
        }
    }

    /// <summary>The method of a type that a virtual or interface call on it runs; null: not found.</summary>
    public static MethodDefinition? FindImplementation(TypeDefinition type, MethodDefinition slot, MemberResolver resolver)
    {
        for (TypeDefinition? current = type; current is not null; current = resolver.Resolve(current.BaseType))
        {
            foreach (MethodDefinition candidate in current.Methods)
            {
                if (candidate.HasOverrides && candidate.Overrides.Any(o => resolver.Resolve(o) == slot))
                    return candidate;
            }

            foreach (MethodDefinition candidate in current.Methods)
            {
                if (!candidate.IsStatic && !candidate.IsAbstract && candidate.Name == slot.Name && SameSignature(candidate, slot))
                    return candidate;
            }
        }

        return null;
    }

    private static void ConnectMethods(CallGraph graph, TypeDefinition type, MemberResolver resolver)
    {
        foreach (MethodDefinition method in type.Methods)
        {
            if (!method.IsVirtual)
                continue;
            CallGraph.Node node = graph.NodeOf(method);
            if (!method.IsAbstract)
                node.Implementations.Add(node);
            if (method.HasOverrides)
            {
                foreach (MethodReference overridden in method.Overrides)
                {
                    if (resolver.Resolve(overridden) is { } slot)
                        Add(graph.NodeOf(slot), node);
                }
            }

            if (!method.IsReuseSlot || method.IsAbstract)
                continue;
            for (TypeDefinition? ancestor = resolver.Resolve(type.BaseType); ancestor is not null; ancestor = resolver.Resolve(ancestor.BaseType))
            {
                foreach (MethodDefinition slot in ancestor.Methods)
                {
                    if (slot.IsVirtual && slot.Name == method.Name && SameSignature(slot, method))
                        Add(graph.NodeOf(slot), node);
                }
            }
        }
    }

    private static void ConnectInterfaces(CallGraph graph, TypeDefinition type, MemberResolver resolver)
    {
        if (!type.HasInterfaces || type.IsAbstract)
            return;
        foreach (InterfaceImplementation implementation in type.Interfaces)
        {
            if (resolver.Resolve(implementation.InterfaceType) is not { } contract)
                continue;
            foreach (MethodDefinition slot in contract.Methods)
            {
                if (!slot.IsStatic && FindImplementation(type, slot, resolver) is { } body)
                    Add(graph.NodeOf(slot), graph.NodeOf(body));
            }
        }
    }

    private static void Add(CallGraph.Node slot, CallGraph.Node body)
    {
        if (!slot.Implementations.Contains(body))
            slot.Implementations.Add(body);
    }

    private static bool SameSignature(MethodDefinition a, MethodDefinition b)
    {
        if (a.Parameters.Count != b.Parameters.Count || a.GenericParameters.Count != b.GenericParameters.Count)
            return false;
        for (int i = 0; i < a.Parameters.Count; i++)
        {
            TypeReference x = a.Parameters[i].ParameterType, y = b.Parameters[i].ParameterType;
            if (x.FullName != y.FullName && !x.ContainsGenericParameter && !y.ContainsGenericParameter)
                return false;
        }

        return true;
    }
}
