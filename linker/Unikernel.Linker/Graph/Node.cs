using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Graph;

/// <summary>
/// One thing that can be in the program: a type, a method's body, the use of a virtual slot. A node says what it needs; whether and
/// when it is asked is the analyzer's business.
/// </summary>
public abstract class Node
{
    /// <summary>The edge by which the node was first marked: walking it back gives the reason why the node is here.</summary>
    internal Edge? MarkedBy { get; set; }

    /// <summary>The place among the marked nodes; meaningless before the node is marked.</summary>
    internal int Number { get; set; }

    /// <summary>Whether the program needs the node.</summary>
    public bool IsMarked => MarkedBy is not null;

    /// <summary>The kind of entity, for reports: "method", "type", "slot".</summary>
    public abstract string Kind { get; }

    /// <summary>The entity as reports show it; unique within its kind.</summary>
    public abstract string Name { get; }

    /// <summary>The name without the types of a signature, as type and member: strings that are there anyway.</summary>
    public virtual (string Owner, string? Member) ShortName => (Name, null);

    /// <summary>Adds what the program needs because it needs this node. Called once, when the node is marked.</summary>
    public abstract void Collect(DependencyCollector needs);

    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>A reason: <paramref name="Source"/> needs something; null is a root.</summary>
/// <param name="Source">The node that needs it.</param>
/// <param name="Reason">How, in a few words that read as "source — reason — target".</param>
/// <param name="Other">The second node of a conditional dependency ("if this is used too").</param>
public sealed record Edge(Node? Source, string Reason, Node? Other = null);

/// <summary>Receives the dependencies of one node.</summary>
public sealed class DependencyCollector(DependencyAnalyzer analyzer, LinkContext context)
{
    /// <summary>The node that is being asked.</summary>
    public Node Source { get; internal set; } = null!;

    /// <summary>The services that nodes use to find what they need.</summary>
    public LinkContext Context { get; } = context;

    /// <summary>The nodes of entities.</summary>
    public NodeFactory Nodes => Context.Nodes;

    /// <summary>The source needs the target.</summary>
    public void Add(Node target, string reason) => analyzer.Mark(target, Source, reason, other: null);

    /// <summary>The source needs the target as soon as the condition is needed for whatever reason.</summary>
    public void AddIf(Node target, Node condition, string reason) => analyzer.MarkIf(target, condition, Source, reason);
}
