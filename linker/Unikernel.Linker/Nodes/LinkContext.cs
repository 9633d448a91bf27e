using Mono.Cecil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Instantiate;
using Unikernel.Linker.Nodes.Reflection;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Nodes;

/// <summary>What nodes may ask while they say what they need.</summary>
public sealed class LinkContext(
    AssemblyStore store,
    ProviderTable providers,
    ReplacementTable replacements,
    Substitutions substitutions,
    Descriptors descriptors,
    MissingReferences missing,
    RemovedAttributes removedAttributes)
{
    private readonly Dictionary<object, ReflectionScope> _scopes = [];

    public AssemblyStore Store { get; } = store;

    public MemberResolver Resolver => Store.Resolver;

    public NodeFactory Nodes { get; } = new();

    public ProviderTable Providers { get; } = providers;

    public ReplacementTable Replacements { get; } = replacements;

    public Substitutions Substitutions { get; } = substitutions;

    public Descriptors Descriptors { get; } = descriptors;

    public MissingReferences Missing { get; } = missing;

    /// <summary>Attribute types whose uses are removed (feature switches of ILLink.LinkAttributes.xml).</summary>
    public RemovedAttributes RemovedAttributes { get; } = removedAttributes;

    public FlowAnnotations Annotations { get; } = new();

    public AttributeFacts AttributeFacts { get; } = new(store.Resolver);

    public TypeNames TypeNames { get; } = new(store);

    /// <summary>What dependency injection will instantiate.</summary>
    public GenericServices GenericServices => field ??= new GenericServices(this);

    public GenericFlow GenericFlow => field ??= new GenericFlow(Annotations, this);

    /// <summary>System.Array: what reflection finds of an array.</summary>
    public TypeDefinition? ArrayClass => field ??= Store.TryGet(AssemblyStore.CoreLibraryName)?.MainModule.GetType("System.Array");

    /// <summary>The class whose members reflection finds of a type; null when it has none, or is not known.</summary>
    public TypeDefinition? ReflectedClass(TypeReference? type) => type switch
    {
        ArrayType => ArrayClass,
        PointerType or ByReferenceType => null,
        _ => Resolver.Resolve(type),
    };

    /// <summary>The reflection scope of a method or of a type's compiler-generated code.</summary>
    public ReflectionScope Scope(IMemberDefinition owner)
    {
        if (!_scopes.TryGetValue(owner, out ReflectionScope? scope))
            _scopes.Add(owner, scope = new ReflectionScope());
        return scope;
    }

    /// <summary>The assembly whose code a node stands for.</summary>
    public AssemblyDefinition? AssemblyOf(Node node) => node switch
    {
        MethodBodyNode body => body.Method.Module.Assembly,
        MethodNode method => method.Method.Module.Assembly,
        VirtualSlotNode slot => slot.Method.Module.Assembly,
        ReflectedMethodNode method => method.Method.Module.Assembly,
        TypeNode type => type.Type.Module.Assembly,
        ConstructedTypeNode type => type.Type.Module.Assembly,
        FieldNode field => field.Field.Module.Assembly,
        AssemblyNode assembly => assembly.Assembly,
        _ => null,
    };
}

/// <summary>Facts about attribute types, remembered.</summary>
public sealed class AttributeFacts(MemberResolver resolver)
{
    private readonly Dictionary<TypeDefinition, bool> _canNameTypes = [];

    /// <summary>Whether an argument of the attribute can be a type, an object, or the annotated name of a type.</summary>
    public bool CanNameTypes(TypeDefinition type)
    {
        if (!_canNameTypes.TryGetValue(type, out bool result))
            _canNameTypes.Add(type, result = Compute(type));
        return result;
    }

    private bool Compute(TypeDefinition type)
    {
        foreach (TypeDefinition current in resolver.Hierarchy(type))
        {
            if (current.FullName == "System.Attribute")
                return false;
            if (current.Methods.Any(m => m.IsConstructor && m.Parameters.Any(p => IsInteresting(p.ParameterType) || p.HasCustomAttributes))
                || current.Properties.Any(p => IsInteresting(p.PropertyType) || p.HasCustomAttributes)
                || current.Fields.Any(f => IsInteresting(f.FieldType)))
                return true;
        }

        return false;
    }

    private static bool IsInteresting(TypeReference type) => type switch
    {
        ArrayType array => IsInteresting(array.ElementType),
        _ => type.MetadataType == MetadataType.Object || type is { Namespace: "System", Name: "Type" },
    };
}
