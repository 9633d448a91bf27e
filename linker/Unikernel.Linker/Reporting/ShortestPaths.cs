using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Remembers every edge, to tell afterwards the shortest way from a root. Marking itself goes depth first and keeps only the first
/// reason of a node, which can be a long one.
/// </summary>
public sealed class ShortestPaths : IGraphRecorder
{
    private readonly List<(Node Target, string Reason, Node? Other)> _roots = [];
    private readonly Dictionary<Node, List<(Node Target, string Reason, Node? Other)>> _edges = new(ReferenceEqualityComparer.Instance);
    private Dictionary<Node, Edge>? _shortest;

    public void Edge(Node? source, Node target, string reason, Node? other)
    {
        if (source is null)
            _roots.Add((target, reason, other));
        else if (_edges.TryGetValue(source, out List<(Node, string, Node?)>? list))
            list.Add((target, reason, other));
        else
            _edges.Add(source, [(target, reason, other)]);
    }

    /// <summary>The way from a root to a marked node: the root first, each with the reason why it is needed.</summary>
    public IReadOnlyList<(Node Node, Edge Edge)> To(Node node)
    {
        _shortest ??= Search();
        var path = new List<(Node, Edge)>();
        for (Node? current = node; current is not null && _shortest.TryGetValue(current, out Edge? edge); current = edge.Source)
            path.Add((current, edge));
        path.Reverse();
        return path;
    }

    // Breadth first, in the order in which marking met the edges: the same input prints the same chain.
    private Dictionary<Node, Edge> Search()
    {
        var found = new Dictionary<Node, Edge>(ReferenceEqualityComparer.Instance);
        var queue = new Queue<Node>();
        foreach ((Node target, string reason, Node? other) in _roots)
        {
            if (found.TryAdd(target, new Edge(null, reason, other)))
                queue.Enqueue(target);
        }

        while (queue.TryDequeue(out Node? node))
        {
            if (!_edges.TryGetValue(node, out List<(Node Target, string Reason, Node? Other)>? edges))
                continue;
            foreach ((Node target, string reason, Node? other) in edges)
            {
                if (found.TryAdd(target, new Edge(node, reason, other)))
                    queue.Enqueue(target);
            }
        }

        return found;
    }
}
