using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Inputs;

/// <summary>Cecil's resolver with the answers for types kept: a type reference is asked for thousands of times.</summary>
public sealed class CachingMetadataResolver(IAssemblyResolver assemblies) : MetadataResolver(assemblies)
{
    // More forwarders in a row than any assembly has: two facades that forward a type to each other.
    private const int MaximumForwarders = 64;

    private readonly Dictionary<TypeReference, TypeDefinition?> _types = new(ReferenceEqualityComparer.Instance);
    private int _depth;

    public override TypeDefinition Resolve(TypeReference type)
    {
        if (type is TypeDefinition definition)
            return definition;
        if (!_types.TryGetValue(type, out TypeDefinition? resolved))
        {
            // Cecil follows a forwarder by asking this method again.
            if (++_depth > MaximumForwarders)
                throw new LinkerException(LinkingRules.UnreadableInput, type.Scope?.Name ?? "", $"the type '{type.FullName}' is forwarded in a circle");
            try
            {
                resolved = base.Resolve(type);
            }
            catch (AssemblyResolutionException)
            {
                resolved = null;
            }
            finally
            {
                _depth--;
            }

            _types.TryAdd(type, resolved);
        }

        return resolved!;
    }
}

/// <summary>
/// References to definitions, remembered. All code resolves through this class: <c>reference.Resolve()</c> searches again at
/// each call and throws when an assembly is missing, whereas a missing assembly is a fact to report where it matters.
/// </summary>
public sealed class MemberResolver(MetadataResolver resolver)
{
    private readonly Dictionary<MethodReference, MethodDefinition?> _methods = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FieldReference, FieldDefinition?> _fields = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TypeDefinition, TypeDefinition[]> _hierarchies = new(ReferenceEqualityComparer.Instance);

    /// <summary>The definition of a named type; null for generic parameters, function pointers and missing types.</summary>
    public TypeDefinition? Resolve(TypeReference? type)
    {
        while (true)
        {
            switch (type)
            {
                case null or GenericParameter or FunctionPointerType:
                    return null;
                case TypeDefinition definition:
                    return definition;
                case TypeSpecification specification:
                    type = specification.ElementType;
                    break;
                default:
                    return resolver.Resolve(type);
            }
        }
    }

    /// <summary>A type and its base types, the type first, as far as they are known.</summary>
    /// <exception cref="LinkerException">The type inherits from itself.</exception>
    public ReadOnlySpan<TypeDefinition> Hierarchy(TypeDefinition type)
    {
        if (_hierarchies.TryGetValue(type, out TypeDefinition[]? known))
            return known;
        var types = new List<TypeDefinition>();
        for (TypeDefinition? current = type; current is not null; current = Resolve(current.BaseType))
        {
            if (types.Contains(current))
                throw new LinkerException(LinkingRules.UnreadableInput, type.Module.FileName ?? type.Module.Name, $"the type '{type.FullName}' inherits from itself");
            types.Add(current);
        }

        _hierarchies.Add(type, known = [.. types]);
        return known;
    }

    /// <summary>The base types of a type, the nearest first.</summary>
    public ReadOnlySpan<TypeDefinition> BasesOf(TypeDefinition type) => Hierarchy(type)[1..];

    /// <summary>The definition of a method; null when it is missing or belongs to an array type.</summary>
    public MethodDefinition? Resolve(MethodReference method)
    {
        if (method is MethodDefinition definition)
            return definition;
        if (method is GenericInstanceMethod instance)
            return Resolve(instance.ElementMethod);
        if (method.DeclaringType is ArrayType)
            return null;
        if (!_methods.TryGetValue(method, out MethodDefinition? resolved))
        {
            try
            {
                resolved = resolver.Resolve(method);
            }
            catch (AssemblyResolutionException)
            {
                resolved = null;
            }

            _methods.Add(method, resolved);
        }

        return resolved;
    }

    /// <summary>The definition of a field; null when it is missing.</summary>
    public FieldDefinition? Resolve(FieldReference field)
    {
        if (field is FieldDefinition definition)
            return definition;
        if (!_fields.TryGetValue(field, out FieldDefinition? resolved))
        {
            try
            {
                resolved = resolver.Resolve(field);
            }
            catch (AssemblyResolutionException)
            {
                resolved = null;
            }

            _fields.Add(field, resolved);
        }

        return resolved;
    }
}
