using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>
/// Follows types through generic parameters to annotated ones. <c>M&lt;T&gt;() =&gt; Activator.CreateInstance&lt;T&gt;()</c> demands of
/// whatever is given for T what CreateInstance demands, whether T itself is annotated or not.
/// </summary>
public sealed class GenericFlow(FlowAnnotations annotations, LinkContext context)
{
    private readonly Dictionary<GenericParameter, HashSet<GenericParameter>> _sources = [];
    private readonly Dictionary<GenericParameter, Dictionary<TypeDefinition, Node>> _types = [];
    private readonly Dictionary<GenericParameter, MemberKinds> _demands = [];
    private readonly Queue<GenericParameter> _changed = new();

    /// <summary>Records that an argument is given for a parameter.</summary>
    public void Add(Node source, TypeReference argument, GenericParameter parameter)
    {
        Demand(parameter, annotations.Of(parameter));
        if (argument is GenericParameter given)
        {
            given = Definition(given);
            if (given == parameter)
                return;
            if (!_sources.TryGetValue(parameter, out HashSet<GenericParameter>? sources))
                _sources.Add(parameter, sources = []);
            if (sources.Add(given) && DemandOf(parameter) is not MemberKinds.None and var demand)
                Demand(given, demand);
            return;
        }

        if (context.ReflectedClass(argument) is not { } type)
            return;
        if (!_types.TryGetValue(parameter, out Dictionary<TypeDefinition, Node>? types))
            _types.Add(parameter, types = []);
        if (types.TryAdd(type, source) && DemandOf(parameter) != MemberKinds.None)
            _changed.Enqueue(parameter);
    }

    /// <summary>A body demands members of a type parameter (typeof(T) given to an annotated parameter).</summary>
    public void DemandIn(GenericParameter parameter, MemberKinds kinds) => Demand(Definition(parameter), kinds);

    /// <summary>Marks what became demanded since the last call.</summary>
    public void Propagate(DependencyAnalyzer analyzer, NodeFactory nodes)
    {
        while (_changed.TryDequeue(out GenericParameter? parameter))
        {
            MemberKinds demand = DemandOf(parameter);
            if (_sources.TryGetValue(parameter, out HashSet<GenericParameter>? sources))
            {
                foreach (GenericParameter source in sources)
                    Demand(source, demand);
            }

            if (_types.TryGetValue(parameter, out Dictionary<TypeDefinition, Node>? types))
            {
                foreach ((TypeDefinition type, Node source) in types)
                    analyzer.Mark(nodes.DynamicAccess(type, demand), source, $"argument for {parameter.Name} of {parameter.Owner}", other: null);
            }
        }
    }

    private MemberKinds DemandOf(GenericParameter parameter) => _demands.GetValueOrDefault(parameter);

    private void Demand(GenericParameter parameter, MemberKinds kinds)
    {
        MemberKinds before = DemandOf(parameter);
        if ((before | kinds) == before)
            return;
        _demands[parameter] = before | kinds;
        _changed.Enqueue(parameter);
    }

    // Signatures of references hold generic parameters of the reference; the definition's are the ones with annotations.
    private GenericParameter Definition(GenericParameter parameter)
    {
        switch (parameter.Owner)
        {
            case TypeDefinition or MethodDefinition:
                return parameter;
            case TypeReference type when context.Resolver.Resolve(type) is { } definition && parameter.Position < definition.GenericParameters.Count:
                return definition.GenericParameters[parameter.Position];
            case MethodReference method when context.Resolver.Resolve(method) is { } definition && parameter.Position < definition.GenericParameters.Count:
                return definition.GenericParameters[parameter.Position];
            default:
                return parameter;
        }
    }
}
