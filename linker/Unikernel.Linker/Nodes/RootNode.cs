using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>A reason outside of the program's code: the entry point, what ILC asks for by name, a descriptor file.</summary>
public sealed class RootNode(string name, Action<DependencyCollector> collect) : Node
{
    public override string Kind => "root";

    public override string Name { get; } = name;

    public override void Collect(DependencyCollector needs) => collect(needs);
}
