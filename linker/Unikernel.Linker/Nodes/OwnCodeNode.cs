using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>The own code of a method that would be replaced, if the program did not reach one of the members that need it.</summary>
public sealed class OwnCodeNode(MethodDefinition method) : Node
{
    public override string Kind => "own code";

    public override string Name => method.FullName;

    public override (string Owner, string? Member) ShortName => (method.DeclaringType.FullName, method.Name);

    public override void Collect(DependencyCollector needs) => needs.Nodes.Body(method).CollectOwnCode(needs);
}
