using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>An entry point of a native library that the program can reach; its edges are the operating system surface.</summary>
public sealed class EntryPointNode(EntryPoint entry) : Node
{
    public EntryPoint EntryPoint { get; } = entry;

    public override string Kind => "entry point";

    public override string Name => EntryPoint.ToString();

    public override void Collect(DependencyCollector needs)
    {
        if (needs.Context.Providers.Find(EntryPoint) is { } provider)
            needs.Add(needs.Nodes.Body(provider), "provided by");
    }
}
