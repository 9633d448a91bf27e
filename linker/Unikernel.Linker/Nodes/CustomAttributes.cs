using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Reflection;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// Attributes of what is kept: reflection can create them at run time, so their constructor and the setters of their properties
/// are needed, and the types that they name.
/// </summary>
public static class CustomAttributes
{
    public static void Collect(DependencyCollector needs, ICustomAttributeProvider provider)
    {
        if (!provider.HasCustomAttributes)
            return;
        foreach (CustomAttribute attribute in provider.CustomAttributes)
            Collect(needs, attribute);
    }

    private static void Collect(DependencyCollector needs, CustomAttribute attribute)
    {
        LinkContext context = needs.Context;
        if (context.Resolver.Resolve(attribute.AttributeType) is not { } type)
            return;
        if (context.Resolver.Resolve(attribute.Constructor) is not { } constructor)
            return;

        if (context.RemovedAttributes.Contains(type))
        {
            // Never created at run time, but ILC may read it from the IL ([Intrinsic], for example), so the row stays.
            needs.Add(needs.Nodes.Method(constructor), "attribute without instances");
            Signatures.CollectType(needs, attribute.AttributeType, "attribute without instances");
            return;
        }

        needs.Add(needs.Nodes.Constructed(type), "attribute");
        needs.Add(needs.Nodes.Body(constructor), "attribute");
        GenericArguments.Collect(needs, attribute.AttributeType, "argument of attribute type");
        foreach (TypeDefinition current in context.Resolver.Hierarchy(type))
        {
            foreach (PropertyDefinition property in current.Properties)
            {
                if (property.SetMethod is { IsStatic: false } setter)
                    needs.Add(needs.Nodes.Body(setter), "property of attribute");
            }

            foreach (FieldDefinition field in current.Fields)
            {
                if (!field.IsStatic && field.IsPublic)
                    needs.Add(needs.Nodes.Field(field), "field of attribute");
            }
        }

        if (context.AttributeFacts.CanNameTypes(type))
            CollectArguments(needs, attribute, type, constructor);
    }

    private static void CollectArguments(DependencyCollector needs, CustomAttribute attribute, TypeDefinition type, MethodDefinition constructor)
    {
        if (!TryDecode(attribute))
            return;
        for (int i = 0; i < attribute.ConstructorArguments.Count; i++)
        {
            MemberKinds kinds = i < constructor.Parameters.Count ? needs.Context.Annotations.Of(constructor.Parameters[i]) : MemberKinds.None;
            CollectValue(needs, attribute.ConstructorArguments[i], kinds);
        }

        foreach (CustomAttributeNamedArgument named in attribute.Properties)
            CollectValue(needs, named.Argument, needs.Context.Annotations.OfNamedProperty(type, named.Name));
        foreach (CustomAttributeNamedArgument named in attribute.Fields)
            CollectValue(needs, named.Argument, needs.Context.Annotations.OfNamedField(type, named.Name));
    }

    /// <summary>Reads the attribute's arguments; false when its bytes are damaged or need an assembly that is missing.</summary>
    public static bool TryDecode(CustomAttribute attribute)
    {
        try
        {
            return attribute.HasConstructorArguments | attribute.HasProperties | attribute.HasFields;
        }
        catch (Exception e) when (e is AssemblyResolutionException || Inputs.InputImage.IsMalformed(e))
        {
            return false;
        }
    }

    private static void CollectValue(DependencyCollector needs, CustomAttributeArgument argument, MemberKinds kinds)
    {
        switch (argument.Value)
        {
            case TypeReference type:
                GenericArguments.CollectConstructed(needs, type, "type named by attribute");
                if (kinds != MemberKinds.None && needs.Context.Resolver.Resolve(type) is { } definition)
                    needs.Add(needs.Nodes.DynamicAccess(definition, kinds), "type named by attribute");
                break;
            case string name when kinds != MemberKinds.None:
                if (needs.Context.TypeNames.Resolve(name, needs.Context.AssemblyOf(needs.Source)) is { } named)
                {
                    TypeNames.CollectConstructed(needs, named, "type named by attribute");
                    needs.Add(needs.Nodes.DynamicAccess(named.Definition, kinds), "type named by attribute");
                }

                break;
            case CustomAttributeArgument boxed:
                CollectValue(needs, boxed, kinds);
                break;
            case CustomAttributeArgument[] elements:
                foreach (CustomAttributeArgument element in elements)
                    CollectValue(needs, element, kinds);
                break;
        }

        // An enumeration given as object is boxed.
        if (argument.Type is { } argumentType && needs.Context.Resolver.Resolve(argumentType) is { IsEnum: true } enumeration)
            needs.Add(needs.Nodes.Constructed(enumeration), "value of attribute");
    }
}
