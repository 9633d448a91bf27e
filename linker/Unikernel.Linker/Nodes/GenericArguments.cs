using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// Generic instantiations. Shared code can do anything with its type argument (box it, ask for its comparer, call it through a
/// constraint), so every argument counts as constructed; and it can hand the argument on to reflection, which
/// <see cref="Reflection.GenericFlow"/> follows.
/// </summary>
public static class GenericArguments
{
    /// <summary>The arguments of an instantiated type, at any depth.</summary>
    public static void Collect(DependencyCollector needs, TypeReference type, string reason)
    {
        while (type is TypeSpecification specification)
        {
            if (type is GenericInstanceType instance)
            {
                Flow(needs, instance.ElementType, instance.GenericArguments);
                foreach (TypeReference argument in instance.GenericArguments)
                    CollectConstructed(needs, argument, reason);
            }

            type = specification.ElementType;
        }
    }

    /// <summary>The arguments of an instantiated method and of the type that declares it.</summary>
    public static void Collect(DependencyCollector needs, MethodReference method, MethodDefinition definition, string reason)
    {
        Collect(needs, method.DeclaringType, reason);
        if (method is not GenericInstanceMethod instance)
            return;
        if (needs.Source is MethodBodyNode caller)
            needs.Context.GenericServices.AddCall(caller.Method, instance, definition);
        for (int i = 0; i < instance.GenericArguments.Count && i < definition.GenericParameters.Count; i++)
        {
            TypeReference argument = instance.GenericArguments[i];
            needs.Context.GenericFlow.Add(needs.Source, argument, definition.GenericParameters[i]);
            CollectConstructed(needs, argument, reason);
        }
    }

    /// <summary>A type and everything in it count as constructed.</summary>
    public static void CollectConstructed(DependencyCollector needs, TypeReference? type, string reason)
    {
        Collect(needs, type!, reason);
        Signatures.CollectType(needs, type, reason);
        if (needs.Context.Resolver.Resolve(type) is { } definition)
            needs.Add(needs.Nodes.Constructed(definition), reason);
    }

    private static void Flow(DependencyCollector needs, TypeReference generic, IList<TypeReference> arguments)
    {
        if (needs.Context.Resolver.Resolve(generic) is not { HasGenericParameters: true } definition)
            return;
        for (int i = 0; i < arguments.Count && i < definition.GenericParameters.Count; i++)
            needs.Context.GenericFlow.Add(needs.Source, arguments[i], definition.GenericParameters[i]);
    }
}
