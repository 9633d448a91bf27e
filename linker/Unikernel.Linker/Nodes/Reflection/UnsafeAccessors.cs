using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>
/// [UnsafeAccessor]: a method without a body that ILC fills with an access to a member of another type, chosen by name. The type is that
/// of the first parameter (of the result for a constructor), or a string in [UnsafeAccessorType] on it.
/// </summary>
public static class UnsafeAccessors
{
    private const int Constructor = 0;

    public static void Collect(DependencyCollector needs, MethodDefinition accessor)
    {
        if (!accessor.IsStatic || accessor.RVA != 0 || !accessor.HasCustomAttributes)
            return;
        CustomAttribute? attribute = accessor.CustomAttributes.FirstOrDefault(a => a.AttributeType.Name == "UnsafeAccessorAttribute");
        if (attribute is null || !CustomAttributes.TryDecode(attribute) || attribute.ConstructorArguments is not [{ Value: int kind }])
            return;

        string name = attribute.Properties.FirstOrDefault(p => p.Name == "Name").Argument.Value as string ?? accessor.Name;
        TypeDefinition? target = kind == Constructor
            ? TypeOf(needs, accessor, accessor.MethodReturnType, accessor.ReturnType)
            : accessor.Parameters is [var first, ..] ? TypeOf(needs, accessor, first, first.ParameterType) : null;

        // Types that only a string names are part of the signature that ILC builds.
        TypeOf(needs, accessor, accessor.MethodReturnType, accessor.ReturnType);
        foreach (ParameterDefinition parameter in accessor.Parameters)
            TypeOf(needs, accessor, parameter, parameter.ParameterType);

        if (target is null)
            return;
        foreach (TypeDefinition type in kind == Constructor ? [target] : needs.Context.Resolver.Hierarchy(target))
        {
            foreach (MethodDefinition method in type.Methods)
            {
                if (kind == Constructor ? method.IsConstructor && !method.IsStatic : method.Name == name)
                    needs.Add(needs.Nodes.Reflected(method), "UnsafeAccessor");
            }

            foreach (FieldDefinition field in type.Fields)
            {
                if (field.Name == name)
                    needs.Add(needs.Nodes.Field(field), "UnsafeAccessor");
            }
        }
    }

    private static TypeDefinition? TypeOf(DependencyCollector needs, MethodDefinition accessor, ICustomAttributeProvider provider, TypeReference type)
    {
        CustomAttribute? named = provider.HasCustomAttributes
            ? provider.CustomAttributes.FirstOrDefault(a => a.AttributeType.Name == "UnsafeAccessorTypeAttribute")
            : null;
        if (named is not null && CustomAttributes.TryDecode(named) && named.ConstructorArguments is [{ Value: string name }])
        {
            if (needs.Context.TypeNames.Resolve(name, accessor.Module.Assembly) is not { } found)
                return null;
            TypeNames.CollectConstructed(needs, found, "UnsafeAccessorType");
            return found.Definition;
        }

        return needs.Context.Resolver.Resolve(type);
    }
}
