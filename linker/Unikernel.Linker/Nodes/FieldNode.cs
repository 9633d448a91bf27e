using Mono.Cecil;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Nodes;

/// <summary>A field that is read, written, or part of a layout.</summary>
public sealed class FieldNode(FieldDefinition field) : Node
{
    public FieldDefinition Field { get; } = field;

    public override string Kind => "field";

    public override string Name => Field.FullName;

    public override (string Owner, string? Member) ShortName => (Field.DeclaringType.FullName, Field.Name);

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Type(Field.DeclaringType), "declared by");
        Signatures.CollectType(needs, Field.FieldType, "field type");
        Signatures.CollectMarshalling(needs, Field);
        CustomAttributes.Collect(needs, Field);
        if (Field.IsStatic && !Field.IsLiteral && TypeFacts.StaticConstructor(Field.DeclaringType) is { } cctor)
            needs.Add(needs.Nodes.Body(cctor), "initialises");
    }
}
