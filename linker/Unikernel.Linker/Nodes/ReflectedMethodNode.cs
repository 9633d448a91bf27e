using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>A method that reflection can find and invoke: its code, its slot if it is virtual, and boxes for its arguments.</summary>
public sealed class ReflectedMethodNode(MethodDefinition method) : Node
{
    public MethodDefinition Method { get; } = method;

    public override string Kind => "reflected method";

    public override string Name => Method.FullName;

    public override (string Owner, string? Member) ShortName => (Method.DeclaringType.FullName, Method.Name);

    public override void Collect(DependencyCollector needs)
    {
        NodeFactory nodes = needs.Nodes;
        needs.Add(nodes.Body(Method), "invoked by reflection");
        if (Method.IsVirtual)
            needs.Add(nodes.Slot(Method), "invoked virtually by reflection");
        if (Method.IsConstructor && !Method.IsStatic)
            needs.Add(nodes.Constructed(Method.DeclaringType), "constructed by reflection");
        foreach (ParameterDefinition parameter in Method.Parameters)
            GenericArguments.CollectConstructed(needs, parameter.ParameterType, "argument of reflection call");
        GenericArguments.CollectConstructed(needs, Method.ReturnType, "result of reflection call");
    }
}
