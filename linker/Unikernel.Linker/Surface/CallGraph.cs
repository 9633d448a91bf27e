using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Surface;

/// <summary>Who calls whom in a set of assemblies, without regard to what runs: every method is a node.</summary>
public sealed class CallGraph
{
    /// <summary>A method: what it calls for certain, and through which virtual slots.</summary>
    public sealed class Node(MethodDefinition method)
    {
        public MethodDefinition Method { get; } = method;
        public HashSet<Node> Calls { get; } = [];
        public HashSet<Node> VirtualCalls { get; } = [];

        /// <summary>Methods of which a delegate or function pointer is made: they may be called, now or later or never.</summary>
        public HashSet<Node> Pointers { get; } = [];

        /// <summary>The body only throws: as an implementation it says that the operation does not exist.</summary>
        public bool OnlyThrows { get; set; }

        /// <summary>The bodies that a virtual call of this method may run, this one included unless it is abstract.</summary>
        public List<Node> Implementations { get; } = [];

        /// <summary>What the method needs by itself (it is an entry point, or opaque).</summary>
        public Needs Own { get; set; }

        /// <summary>What it needs with all that it calls.</summary>
        public Needs Total { get; set; }
    }

    private readonly Dictionary<MethodDefinition, Node> _nodes = [];
    private readonly MemberResolver _resolver;
    private readonly Func<MethodDefinition, Needs?> _leaf;
    private readonly IReadOnlyDictionary<MethodDefinition, MethodDefinition> _replacements;

    /// <param name="resolver">Turns references into definitions.</param>
    /// <param name="leaf">What a method needs when it is not to be looked into; null otherwise.</param>
    /// <param name="replacements">Methods whose body is another method's in an image.</param>
    public CallGraph(
        MemberResolver resolver,
        Func<MethodDefinition, Needs?> leaf,
        IReadOnlyDictionary<MethodDefinition, MethodDefinition> replacements)
    {
        _resolver = resolver;
        _leaf = leaf;
        _replacements = replacements;
    }

    public IReadOnlyCollection<Node> Nodes => _nodes.Values;

    public Node NodeOf(MethodDefinition method)
    {
        if (!_nodes.TryGetValue(method, out Node? node))
            _nodes.Add(method, node = new Node(method));
        return node;
    }

    /// <summary>Adds all methods of an assembly and what they call.</summary>
    public void Add(AssemblyDefinition assembly)
    {
        foreach (TypeDefinition type in assembly.MainModule.GetTypes())
        {
            if (!type.HasMethods)
                continue;
            foreach (MethodDefinition method in type.Methods)
                AddCalls(NodeOf(method));
        }
    }

    private void AddCalls(Node node)
    {
        MethodDefinition method = node.Method;
        if (_leaf(method) is { } needs)
        {
            node.Own = needs;
            return;
        }

        if (_replacements.TryGetValue(method, out MethodDefinition? replacement))
        {
            node.Calls.Add(NodeOf(replacement));
            return;
        }

        AddStateMachine(node);
        if (!method.HasBody)
            return;

        node.OnlyThrows = method.Body.Instructions.Count is > 0 and <= 5 && method.Body.Instructions[^1].OpCode.Code == Code.Throw;
        TypeReference? constraint = null;
        foreach (Instruction instruction in method.Body.Instructions)
        {
            switch (instruction.OpCode.Code)
            {
                case Code.Constrained:
                    constraint = (TypeReference)instruction.Operand;
                    continue;
                case Code.Ldftn:
                    if (_resolver.Resolve((MethodReference)instruction.Operand) is { } pointed)
                        node.Pointers.Add(NodeOf(pointed));
                    break;
                case Code.Call or Code.Newobj or Code.Jmp:
                    if (((MethodReference)instruction.Operand).DeclaringType.Name == "Lazy`1")
                        CallFactoryOfLazy(node, instruction);
                    AddCall(node, (MethodReference)instruction.Operand, isVirtual: false, constraint);
                    break;
                case Code.Callvirt or Code.Ldvirtftn:
                    AddCall(node, (MethodReference)instruction.Operand, isVirtual: true, constraint);
                    break;
                case Code.Ldsfld or Code.Ldsflda or Code.Stsfld:
                    if (_resolver.Resolve((FieldReference)instruction.Operand) is { } field)
                        AddTypeInitializer(node, field.DeclaringType);
                    break;
            }

            constraint = null;
        }
    }

    // Whoever makes a Lazy<T> asks for its value: the factory counts as called (RSA.Create makes its key like this).
    private void CallFactoryOfLazy(Node node, Instruction creation)
    {
        Instruction? before = creation.Previous;
        for (int i = 0; i < 6 && before is not null; i++, before = before.Previous)
        {
            if (before.OpCode.Code == Code.Ldftn && _resolver.Resolve((MethodReference)before.Operand) is { } factory)
            {
                node.Calls.Add(NodeOf(factory));
                return;
            }
        }
    }

    private void AddCall(Node node, MethodReference reference, bool isVirtual, TypeReference? constraint)
    {
        if (_resolver.Resolve(reference) is not { } target)
            return;

        if (constraint is not null && target.IsVirtual)
        {
            // A call on a value of known type: the type's own method, if it can be told which.
            if (_resolver.Resolve(constraint) is { } type && VirtualSlots.FindImplementation(type, target, _resolver) is { } known)
                node.Calls.Add(NodeOf(known));
            else
                node.VirtualCalls.Add(NodeOf(target));
            return;
        }

        if (isVirtual && target.IsVirtual && !target.IsFinal && !target.DeclaringType.IsSealed)
        {
            node.VirtualCalls.Add(NodeOf(target));
            return;
        }

        node.Calls.Add(NodeOf(target));
        if (target.IsStatic || target.IsConstructor)
            AddTypeInitializer(node, target.DeclaringType);
    }

    private void AddTypeInitializer(Node node, TypeDefinition type)
    {
        if (type == node.Method.DeclaringType && node.Method.IsConstructor && node.Method.IsStatic)
            return;
        foreach (MethodDefinition method in type.Methods)
        {
            if (method.IsConstructor && method.IsStatic)
                node.Calls.Add(NodeOf(method));
        }
    }

    // An async method or iterator does its work in another method, which the builder calls through an interface.
    private void AddStateMachine(Node node)
    {
        if (!node.Method.HasCustomAttributes)
            return;
        foreach (CustomAttribute attribute in node.Method.CustomAttributes)
        {
            if (attribute.AttributeType.Name is "AsyncStateMachineAttribute" or "IteratorStateMachineAttribute" or "AsyncIteratorStateMachineAttribute" &&
                attribute.ConstructorArguments is [{ Value: TypeReference reference }, ..] && _resolver.Resolve(reference) is { } machine)
            {
                foreach (MethodDefinition method in machine.Methods)
                {
                    if (method.Name == "MoveNext" || method.Name.EndsWith(".MoveNext", StringComparison.Ordinal))
                        node.Calls.Add(NodeOf(method));
                }
            }
        }
    }
}
