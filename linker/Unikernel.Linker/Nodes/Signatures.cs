using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>Types that metadata names: they must exist, nothing more.</summary>
public static class Signatures
{
    /// <summary>Every definition that a type signature mentions.</summary>
    public static void CollectType(DependencyCollector needs, TypeReference? type, string reason)
    {
        while (true)
        {
            switch (type)
            {
                case null or GenericParameter:
                    return;
                case GenericInstanceType instance:
                    foreach (TypeReference argument in instance.GenericArguments)
                        CollectType(needs, argument, reason);
                    type = instance.ElementType;
                    continue;
                case IModifierType modifier:
                    CollectType(needs, modifier.ModifierType, reason);
                    type = modifier.ElementType;
                    continue;
                case FunctionPointerType function:
                    CollectType(needs, function.ReturnType, reason);
                    foreach (ParameterDefinition parameter in function.Parameters)
                        CollectType(needs, parameter.ParameterType, reason);
                    return;
                case TypeSpecification specification:
                    type = specification.ElementType;
                    continue;
            }

            if (needs.Context.Resolver.Resolve(type) is { } definition)
                needs.Add(needs.Nodes.Type(definition), reason);
            else
                needs.Context.Missing.Type(needs.Source, type);
            return;
        }
    }

    /// <summary>Constraints and attributes of generic parameters.</summary>
    public static void CollectGenericParameters(DependencyCollector needs, IGenericParameterProvider provider)
    {
        if (!provider.HasGenericParameters)
            return;
        foreach (GenericParameter parameter in provider.GenericParameters)
        {
            CustomAttributes.Collect(needs, parameter);
            if (!parameter.HasConstraints)
                continue;
            foreach (GenericParameterConstraint constraint in parameter.Constraints)
            {
                CollectType(needs, constraint.ConstraintType, "constraint");
                CustomAttributes.Collect(needs, constraint);
            }
        }
    }

    /// <summary>Types that marshalling instructions name.</summary>
    public static void CollectMarshalling(DependencyCollector needs, IMarshalInfoProvider provider)
    {
        if (provider.HasMarshalInfo && provider.MarshalInfo is CustomMarshalInfo { ManagedType: { } managed })
            CollectType(needs, managed, "custom marshaller");
    }
}
