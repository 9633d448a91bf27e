using Mono.Cecil;
using Unikernel.Linker.Binding;

namespace Unikernel.Linker.Nodes;

/// <summary>One node per entity: asking twice gives the same node.</summary>
public sealed class NodeFactory
{
    private readonly Dictionary<AssemblyDefinition, AssemblyNode> _assemblies = [];
    private readonly Dictionary<TypeDefinition, TypeNode> _types = [];
    private readonly Dictionary<TypeDefinition, ConstructedTypeNode> _constructed = [];
    private readonly Dictionary<MethodDefinition, MethodNode> _methods = [];
    private readonly Dictionary<MethodDefinition, MethodBodyNode> _bodies = [];
    private readonly Dictionary<MethodDefinition, OwnCodeNode> _ownCode = [];
    private readonly Dictionary<MethodDefinition, VirtualSlotNode> _slots = [];
    private readonly Dictionary<MethodDefinition, ReflectedMethodNode> _reflected = [];
    private readonly Dictionary<FieldDefinition, FieldNode> _fields = [];
    private readonly Dictionary<(TypeDefinition, MemberKinds), DynamicAccessNode> _accesses = [];
    private readonly Dictionary<EntryPoint, EntryPointNode> _entryPoints = [];

    public AssemblyNode Assembly(AssemblyDefinition assembly) => Get(_assemblies, assembly, a => new AssemblyNode(a));

    public TypeNode Type(TypeDefinition type) => Get(_types, type, t => new TypeNode(t));

    public ConstructedTypeNode Constructed(TypeDefinition type) => Get(_constructed, type, t => new ConstructedTypeNode(t));

    public MethodNode Method(MethodDefinition method) => Get(_methods, method, m => new MethodNode(m));

    public MethodBodyNode Body(MethodDefinition method) => Get(_bodies, method, m => new MethodBodyNode(m));

    public OwnCodeNode OwnCode(MethodDefinition method) => Get(_ownCode, method, m => new OwnCodeNode(m));

    public VirtualSlotNode Slot(MethodDefinition method) => Get(_slots, method, m => new VirtualSlotNode(m));

    public ReflectedMethodNode Reflected(MethodDefinition method) => Get(_reflected, method, m => new ReflectedMethodNode(m));

    public FieldNode Field(FieldDefinition field) => Get(_fields, field, f => new FieldNode(f));

    public DynamicAccessNode DynamicAccess(TypeDefinition type, MemberKinds kinds) =>
        Get(_accesses, (type, kinds), key => new DynamicAccessNode(key.Item1, key.Item2));

    public EntryPointNode EntryPoint(EntryPoint entry) => Get(_entryPoints, entry, e => new EntryPointNode(e));

    /// <summary>Entry points that any marked P/Invoke asks for, provided or not.</summary>
    public IEnumerable<EntryPointNode> EntryPoints => _entryPoints.Values.OrderBy(n => n.EntryPoint);

    public IEnumerable<MethodBodyNode> Bodies => _bodies.Values;

    public bool IsMarked(AssemblyDefinition assembly) => _assemblies.TryGetValue(assembly, out AssemblyNode? node) && node.IsMarked;

    public bool IsMarked(TypeDefinition type) => _types.TryGetValue(type, out TypeNode? node) && node.IsMarked;

    public bool IsMarked(MethodDefinition method) => _methods.TryGetValue(method, out MethodNode? node) && node.IsMarked;

    public bool IsMarked(FieldDefinition field) => _fields.TryGetValue(field, out FieldNode? node) && node.IsMarked;

    public bool IsBodyMarked(MethodDefinition method) => _bodies.TryGetValue(method, out MethodBodyNode? node) && node.IsMarked;

    public bool IsConstructed(TypeDefinition type) => _constructed.TryGetValue(type, out ConstructedTypeNode? node) && node.IsMarked;

    private static TNode Get<TKey, TNode>(Dictionary<TKey, TNode> nodes, TKey key, Func<TKey, TNode> create)
        where TKey : notnull
    {
        if (!nodes.TryGetValue(key, out TNode? node))
            nodes.Add(key, node = create(key));
        return node;
    }
}
