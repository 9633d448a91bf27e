using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>[DynamicDependency] on a method, constructor or field that is reached: members it names are needed as by reflection.</summary>
public static class DynamicDependencies
{
    private const string AttributeName = "System.Diagnostics.CodeAnalysis.DynamicDependencyAttribute";

    public static void Collect(DependencyCollector needs, IMemberDefinition member)
    {
        if (!member.HasCustomAttributes)
            return;
        foreach (CustomAttribute attribute in member.CustomAttributes)
        {
            if (attribute.AttributeType.FullName == AttributeName && CustomAttributes.TryDecode(attribute))
                Collect(needs, member, attribute);
        }
    }

    // The five constructors: (signature), (signature, Type), (signature, typeName, assemblyName), (kinds, Type), (kinds, typeName, assemblyName).
    private static void Collect(DependencyCollector needs, IMemberDefinition member, CustomAttribute attribute)
    {
        IList<CustomAttributeArgument> arguments = attribute.ConstructorArguments;
        TypeDefinition? type = arguments.Count switch
        {
            1 => member.DeclaringType,
            2 => needs.Context.Resolver.Resolve(arguments[1].Value as TypeReference),
            3 when arguments[1].Value is string typeName && arguments[2].Value is string assemblyName =>
                needs.Context.Store.TryGet(assemblyName) is { } assembly ? needs.Context.TypeNames.Find(assembly, DocumentationNames.ToReflection(typeName)) : null,
            _ => null,
        };
        if (type is null)
            return;

        switch (arguments[0].Value)
        {
            case string signature:
                foreach (IMemberDefinition found in DocumentationNames.Find(type, signature))
                    MemberAccess.Collect(needs, found, "DynamicDependency");
                break;
            case int kinds:
                needs.Add(needs.Nodes.DynamicAccess(type, (MemberKinds)kinds), "DynamicDependency");
                break;
        }
    }
}
