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
    private readonly List<Node> _order = [];
    private Dictionary<Node, Edge>? _shortest;

    /// <summary>Every node that is needed with the last edge of the way to it; a node stands behind the one that needs it.</summary>
    public IEnumerable<(Node Node, Edge Edge)> All
    {
        get
        {
            Dictionary<Node, Edge> shortest = Shortest;
            return _order.Select(node => (node, shortest[node]));
        }
    }

    private Dictionary<Node, Edge> Shortest => _shortest ??= Search();

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
        Dictionary<Node, Edge> shortest = Shortest;
        var path = new List<(Node, Edge)>();
        for (Node? current = node; current is not null && shortest.TryGetValue(current, out Edge? edge); current = edge.Source)
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
            Reach(target, null, reason, other);

        while (queue.TryDequeue(out Node? node))
        {
            if (!_edges.TryGetValue(node, out List<(Node Target, string Reason, Node? Other)>? edges))
                continue;
            foreach ((Node target, string reason, Node? other) in edges)
                Reach(target, node, reason, other);
        }

        return found;

        void Reach(Node target, Node? source, string reason, Node? other)
        {
            if (!found.TryAdd(target, new Edge(source, reason, other)))
                return;
            _order.Add(target);
            queue.Enqueue(target);
        }
    }
}
