using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>An assembly of which something is needed: its attributes, module initialisers, and what its embedded descriptors name.</summary>
public sealed class AssemblyNode(AssemblyDefinition assembly) : Node
{
    public AssemblyDefinition Assembly { get; } = assembly;

    public override string Kind => "assembly";

    public override string Name => Assembly.Name.Name;

    public override void Collect(DependencyCollector needs)
    {
        CustomAttributes.Collect(needs, Assembly);
        CustomAttributes.Collect(needs, Assembly.MainModule);

        TypeDefinition moduleType = Assembly.MainModule.Types[0];
        needs.Add(needs.Nodes.Type(moduleType), "module type");
        foreach (MethodDefinition method in moduleType.Methods)
        {
            if (method.IsConstructor && method.IsStatic)
                needs.Add(needs.Nodes.Body(method), "module initialiser");
        }

        needs.Context.Descriptors.CollectEmbedded(needs, Assembly);
    }
}
