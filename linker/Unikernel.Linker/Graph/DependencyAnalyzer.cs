namespace Unikernel.Linker.Graph;

/// <summary>
/// Computes everything that is reachable. It knows nothing of .NET: it takes marked nodes from a stack, asks each once for its
/// dependencies, and keeps conditional ones until their condition is marked.
/// </summary>
/// <remarks>
/// After the idea of ILCompiler.DependencyAnalysisFramework in dotnet/runtime. A virtual override, for example, depends on two
/// things (its type is constructed, its slot is used), and neither is searched for: whichever comes second finds the other waiting.
/// </remarks>
public sealed class DependencyAnalyzer
{
    private readonly Stack<Node> _pending = new();
    private readonly Dictionary<Node, List<Waiting>> _waiting = new(ReferenceEqualityComparer.Instance);
    private readonly List<Node> _marked = [];
    private readonly IGraphRecorder[] _recorders;

    public DependencyAnalyzer(params IGraphRecorder[] recorders) => _recorders = recorders;

    private readonly record struct Waiting(Node Target, Node Source, string Reason);

    /// <summary>Raised when nothing is pending; a handler may mark more. The run ends when it does not.</summary>
    public event Action? Settled;

    /// <summary>All marked nodes in the order of marking.</summary>
    public IReadOnlyList<Node> Marked => _marked;

    /// <summary>The node that is being asked, for messages about damaged input.</summary>
    public Node? Current { get; private set; }

    /// <summary>Number of dependencies that still wait for their condition.</summary>
    public int WaitingCount => _waiting.Values.Sum(list => list.Count);

    /// <summary>The program needs the node for a reason outside of the graph.</summary>
    public void AddRoot(Node node, string reason) => Mark(node, source: null, reason, other: null);

    /// <summary>Marks a node; the first reason is kept.</summary>
    public void Mark(Node target, Node? source, string reason, Node? other)
    {
        if (!target.IsMarked)
        {
            target.MarkedBy = new Edge(source, reason, other);
            target.Number = _marked.Count;
            _marked.Add(target);
            _pending.Push(target);
        }

        foreach (IGraphRecorder recorder in _recorders)
            recorder.Edge(source, target, reason, other);
    }

    /// <summary>Marks a node when another one is marked, now or later.</summary>
    public void MarkIf(Node target, Node condition, Node source, string reason)
    {
        if (condition.IsMarked)
        {
            Mark(target, source, reason, condition);
            return;
        }

        if (target.IsMarked && _recorders.Length == 0)
            return;
        if (!_waiting.TryGetValue(condition, out List<Waiting>? list))
            _waiting.Add(condition, list = []);
        list.Add(new Waiting(target, source, reason));
    }

    /// <summary>Marks everything that the marked nodes need.</summary>
    public void Run(Nodes.LinkContext context)
    {
        var collector = new DependencyCollector(this, context);
        int settledAt;
        do
        {
            while (_pending.TryPop(out Node? node))
            {
                if (_waiting.Remove(node, out List<Waiting>? waiting))
                {
                    foreach (Waiting w in waiting)
                        Mark(w.Target, w.Source, w.Reason, node);
                }

                Current = node;
                collector.Source = node;
                node.Collect(collector);
            }

            settledAt = _marked.Count;
            Settled?.Invoke();
        }
        while (_marked.Count != settledAt || _pending.Count != 0);
    }

    /// <summary>The way from a root to a node: the root first, each edge leading to the next node.</summary>
    public static IReadOnlyList<(Node Node, Edge MarkedBy)> Path(Node node)
    {
        var path = new List<(Node, Edge)>();
        for (Node? current = node; current?.MarkedBy is { } edge; current = edge.Source)
            path.Add((current, edge));
        path.Reverse();
        return path;
    }
}

/// <summary>Sees every edge, also those that lead to nodes marked before. All nodes that it sees are marked.</summary>
public interface IGraphRecorder
{
    void Edge(Node? source, Node target, string reason, Node? other);
}
