using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Binding;

/// <summary>
/// Writes references to another assembly's members into a module. Cecil's own importer would also reference the facade through
/// which that assembly sees System.Int32; here primitive types stay primitive and types of the core library are named directly.
/// </summary>
public sealed class ReferenceImporter(ModuleDefinition module, AssemblyStore store)
{
    /// <summary>A reference to a method of a type that is not generic.</summary>
    public MethodReference Method(MethodDefinition method)
    {
        if (method.Module == module)
            return method;
        var reference = new MethodReference(method.Name, module.TypeSystem.Void, Type(method.DeclaringType))
        {
            HasThis = method.HasThis,
            ExplicitThis = method.ExplicitThis,
            CallingConvention = method.CallingConvention,
        };
        foreach (GenericParameter parameter in method.GenericParameters)
            reference.GenericParameters.Add(new GenericParameter(parameter.Name, reference));
        reference.ReturnType = Type(method.ReturnType, reference);
        foreach (ParameterDefinition parameter in method.Parameters)
            reference.Parameters.Add(new ParameterDefinition(Type(parameter.ParameterType, reference)));
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
    /// <param name="type">The type.</param>
    /// <param name="method">The method whose signature it is part of, for its generic parameters.</param>
    public TypeReference Type(TypeReference type, MethodReference? method = null)
    {
        switch (type)
        {
            case GenericParameter { Type: GenericParameterType.Method } parameter when method is not null:
                return method.GenericParameters[parameter.Position];
            case GenericParameter:
                return type;
            case PointerType pointer:
                return new PointerType(Type(pointer.ElementType, method));
            case ByReferenceType reference:
                return new ByReferenceType(Type(reference.ElementType, method));
            case ArrayType { IsVector: true } array:
                return new ArrayType(Type(array.ElementType, method));
            case RequiredModifierType required:
                return new RequiredModifierType(Type(required.ModifierType, method), Type(required.ElementType, method));
            case OptionalModifierType optional:
                return new OptionalModifierType(Type(optional.ModifierType, method), Type(optional.ElementType, method));
            case GenericInstanceType instance:
                var imported = new GenericInstanceType(Type(instance.ElementType, method));
                foreach (TypeReference argument in instance.GenericArguments)
                    imported.GenericArguments.Add(Type(argument, method));
                return imported;
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
