using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Nodes.Dispatch;

/// <summary>
/// Class dispatch: an override is needed when an object of its type can exist and the slot is called.
/// </summary>
/// <remarks>
/// A method is taken for an override of a base method when name, number of parameters and number of generic parameters agree. That
/// keeps more than the exact comparison of substituted signatures would, and never less; ILC decides exactly, after us.
/// </remarks>
public static class VirtualDispatch
{
    /// <summary>Makes each virtual method of a constructed type wait for its slots.</summary>
    public static void Collect(DependencyCollector needs, TypeDefinition type)
    {
        if (!type.HasMethods || type.IsInterface)
            return;
        foreach (MethodDefinition method in type.Methods)
        {
            if (!method.IsVirtual || method.IsStatic)
                continue;
            needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(method), "virtual method of constructed type");
            foreach (MethodDefinition overridden in OverriddenBy(needs.Context.Resolver, method))
            {
                needs.AddIf(needs.Nodes.Body(method), needs.Nodes.Slot(overridden), "overrides called virtual method");
                // An explicit implementation that is itself overridable opens a slot of its own.
                if (method.HasOverrides && !method.IsFinal)
                    needs.AddIf(needs.Nodes.Slot(method), needs.Nodes.Slot(overridden), "overrides called virtual method");
            }
        }
    }

    /// <summary>The methods whose slots a method may fill, without those of interfaces that it implements by name.</summary>
    public static IEnumerable<MethodDefinition> OverriddenBy(MemberResolver resolver, MethodDefinition method)
    {
        if (method.HasOverrides)
        {
            foreach (MethodReference reference in method.Overrides)
            {
                if (resolver.Resolve(reference) is { } overridden && overridden != method)
                    yield return overridden;
            }
        }

        if (method.IsNewSlot || method.DeclaringType.IsInterface || !method.IsVirtual)
            yield break;
        for (int i = 1; i < resolver.Hierarchy(method.DeclaringType).Length; i++)
        {
            TypeDefinition type = resolver.Hierarchy(method.DeclaringType)[i];
            if (!type.HasMethods)
                continue;
            foreach (MethodDefinition candidate in type.Methods)
            {
                if (candidate.IsVirtual && !candidate.IsStatic && Matches(candidate, method))
                    yield return candidate;
            }
        }
    }

    /// <summary>Whether two methods agree in name and in the numbers of parameters and generic parameters.</summary>
    public static bool Matches(MethodDefinition a, MethodDefinition b) =>
        a.Name == b.Name && a.Parameters.Count == b.Parameters.Count && a.GenericParameters.Count == b.GenericParameters.Count;
}
