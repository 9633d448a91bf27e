using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>
/// The types that a piece of code can hold in a System.Type, and the members that it demands of such types. Every type is combined
/// with every demand: a value's way through locals and branches is not followed. That keeps at least what ILC's data flow keeps,
/// which sees the same types and demands one by one.
/// </summary>
/// <remarks>A scope is a method, or a type with all closures and state machines that the compiler made for its methods.</remarks>
public sealed class ReflectionScope
{
    private readonly HashSet<TypeDefinition> _types = [];
    private readonly HashSet<GenericParameter> _parameters = [];
    private MemberKinds _demand;

    /// <summary>Adds what a body contributes, and the new combinations to its dependencies.</summary>
    public void Add(DependencyCollector needs, IEnumerable<TypeDefinition> types, IEnumerable<GenericParameter> parameters, MemberKinds demand)
    {
        bool stronger = (_demand | demand) != _demand;
        _demand |= demand;
        List<TypeDefinition> fresh = [.. types.Where(_types.Add)];
        List<GenericParameter> freshParameters = [.. parameters.Where(_parameters.Add)];
        if (_demand == MemberKinds.None)
            return;
        foreach (TypeDefinition type in stronger ? (IEnumerable<TypeDefinition>)_types : fresh)
            needs.Add(needs.Nodes.DynamicAccess(type, _demand), "type given to reflection");
        foreach (GenericParameter parameter in stronger ? (IEnumerable<GenericParameter>)_parameters : freshParameters)
            needs.Context.GenericFlow.DemandIn(parameter, _demand);
    }
}
