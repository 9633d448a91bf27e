using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes.Dispatch;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// A virtual or interface method that is called through its slot. The overrides that such a call can reach are not searched for:
/// they wait at the constructed types for this node (see Dispatch/).
/// </summary>
public sealed class VirtualSlotNode(MethodDefinition method) : Node
{
    public MethodDefinition Method { get; } = method;

    public override string Kind => "virtual call";

    public override string Name => Method.FullName;

    public override (string Owner, string? Member) ShortName => (Method.DeclaringType.FullName, Method.Name);

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Method(Method), "signature of the slot");

        // A call through an override's own declaration uses the slot that the base introduced.
        foreach (MethodDefinition overridden in VirtualDispatch.OverriddenBy(needs.Context.Resolver, Method))
            needs.Add(needs.Nodes.Slot(overridden), "slot introduced by base type");
    }
}
