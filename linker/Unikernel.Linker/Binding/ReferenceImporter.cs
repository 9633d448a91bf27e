using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Binding;

/// <summary>
/// Writes references to another assembly's members into a module. Cecil's own importer would also reference the facade through
/// which that assembly sees System.Int32; here primitive types stay primitive and types of the core library are named directly.
/// </summary>
public sealed class ReferenceImporter(ModuleDefinition module, AssemblyStore store)
{
    /// <summary>A reference to a non-generic method with a simple signature.</summary>
    public MethodReference Method(MethodDefinition method)
    {
        if (method.Module == module)
            return method;
        var reference = new MethodReference(method.Name, Type(method.ReturnType), Type(method.DeclaringType))
        {
            HasThis = method.HasThis,
            ExplicitThis = method.ExplicitThis,
            CallingConvention = method.CallingConvention,
        };
        foreach (ParameterDefinition parameter in method.Parameters)
            reference.Parameters.Add(new ParameterDefinition(Type(parameter.ParameterType)));
        return reference;
    }

    /// <summary>A method of System.Runtime.InteropServices.Marshal, by its unique name.</summary>
    public MethodReference Marshal(string name) => CoreMethod("System.Runtime.InteropServices.Marshal", m => m.Name == name);

    /// <summary>A method of a core library type.</summary>
    public MethodReference CoreMethod(string typeName, Func<MethodDefinition, bool> predicate)
    {
        TypeDefinition type = store.CoreLibrary.MainModule.GetType(typeName);
        return Method(type.Methods.First(predicate));
    }

    /// <summary>A reference to a type.</summary>
    public TypeReference Type(TypeReference type)
    {
        switch (type)
        {
            case GenericParameter:
                return type;
            case PointerType pointer:
                return new PointerType(Type(pointer.ElementType));
            case ByReferenceType reference:
                return new ByReferenceType(Type(reference.ElementType));
            case ArrayType { IsVector: true } array:
                return new ArrayType(Type(array.ElementType));
            case RequiredModifierType required:
                return new RequiredModifierType(Type(required.ModifierType), Type(required.ElementType));
            case OptionalModifierType optional:
                return new OptionalModifierType(Type(optional.ModifierType), Type(optional.ElementType));
            case TypeSpecification:
                return module.ImportReference(type);
        }

        if (Primitive(type) is { } primitive)
            return primitive;
        TypeDefinition? definition = store.Resolver.Resolve(type);
        if (definition is null)
            return module.ImportReference(type);
        if (definition.Module == module)
            return definition;
        if (definition.DeclaringType is { } declaring)
        {
            return new TypeReference("", definition.Name, module, Scope(definition), definition.IsValueType) { DeclaringType = Type(declaring) };
        }

        return new TypeReference(definition.Namespace, definition.Name, module, Scope(definition), definition.IsValueType);
    }

    private TypeReference? Primitive(TypeReference type)
    {
        TypeSystem system = module.TypeSystem;
        return type.MetadataType switch
        {
            MetadataType.Void => system.Void,
            MetadataType.Boolean => system.Boolean,
            MetadataType.Char => system.Char,
            MetadataType.SByte => system.SByte,
            MetadataType.Byte => system.Byte,
            MetadataType.Int16 => system.Int16,
            MetadataType.UInt16 => system.UInt16,
            MetadataType.Int32 => system.Int32,
            MetadataType.UInt32 => system.UInt32,
            MetadataType.Int64 => system.Int64,
            MetadataType.UInt64 => system.UInt64,
            MetadataType.Single => system.Single,
            MetadataType.Double => system.Double,
            MetadataType.IntPtr => system.IntPtr,
            MetadataType.UIntPtr => system.UIntPtr,
            MetadataType.String => system.String,
            MetadataType.Object => system.Object,
            _ => null,
        };
    }

    private AssemblyNameReference Scope(TypeDefinition definition)
    {
        AssemblyNameDefinition name = definition.Module.Assembly.Name;
        foreach (AssemblyNameReference existing in module.AssemblyReferences)
        {
            if (existing.Name == name.Name)
                return existing;
        }

        var reference = new AssemblyNameReference(name.Name, name.Version) { Culture = name.Culture, PublicKeyToken = name.PublicKeyToken };
        module.AssemblyReferences.Add(reference);
        return reference;
    }
}
