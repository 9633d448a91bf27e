using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Remembers every edge, to tell afterwards the shortest way from a root. Marking itself goes depth first and keeps only the first
/// reason of a node, which can be a long one.
/// </summary>
/// <remarks>A web application has more than a million edges: they are numbers in blocks that never move, no objects.</remarks>
public sealed class ShortestPaths : IGraphRecorder
{
    private const int None = -1;
    private const int BlockBits = 15;
    private const int BlockSize = 1 << BlockBits;

    private readonly List<Record[]> _blocks = [];
    private readonly List<Node> _nodes = []; // by number: the first edge to a node comes when it is marked
    private readonly List<Edges> _edgesOf = []; // by the number of the source
    private Edges _roots = Edges.Nothing;
    private int _count;
    private int[]? _shortest; // by node: the edge by which it is reached
    private int[] _order = []; // the reached nodes, nearest first

    /// <summary>An edge in the list of its source's edges.</summary>
    private record struct Record(string Reason, int Source, int Target, int Other, int Next);

    /// <summary>The edges of one node, in the order in which marking met them.</summary>
    private readonly record struct Edges(int First, int Last)
    {
        public static readonly Edges Nothing = new(None, None);
    }

    /// <summary>Every node that is needed with the last edge of the way to it; a node stands behind the one that needs it.</summary>
    public IEnumerable<(Node Node, Edge Edge)> All
    {
        get
        {
            int[] shortest = _shortest ?? Search();
            return _order.Select(node => (_nodes[node], ToEdge(At(shortest[node]))));
        }
    }

    /// <summary>How many nodes were seen; each has a smaller number.</summary>
    public int NodeCount => _nodes.Count;

    public void Edge(Node? source, Node target, string reason, Node? other)
    {
        int edge = _count++;
        if (edge >> BlockBits == _blocks.Count)
            _blocks.Add(new Record[BlockSize]);
        if (target.Number == _nodes.Count)
        {
            _nodes.Add(target);
            _edgesOf.Add(Edges.Nothing);
        }

        int from = source?.Number ?? None;
        At(edge) = new Record(reason, from, target.Number, other?.Number ?? None, None);
        Edges edges = source is null ? _roots : _edgesOf[from];
        if (edges.Last != None)
            At(edges.Last).Next = edge;
        edges = new Edges(edges.First == None ? edge : edges.First, edge);
        if (source is null)
            _roots = edges;
        else
            _edgesOf[from] = edges;
    }

    /// <summary>The way from a root to a marked node: the root first, each with the reason why it is needed.</summary>
    public IReadOnlyList<(Node Node, Edge Edge)> To(Node node)
    {
        int[] shortest = _shortest ?? Search();
        var path = new List<(Node, Edge)>();
        for (int current = node.Number; current != None; current = At(shortest[current]).Source)
            path.Add((_nodes[current], ToEdge(At(shortest[current]))));
        path.Reverse();
        return path;
    }

    private ref Record At(int edge) => ref _blocks[edge >> BlockBits][edge & (BlockSize - 1)];

    private Edge ToEdge(Record edge) =>
        new(edge.Source == None ? null : _nodes[edge.Source], edge.Reason, edge.Other == None ? null : _nodes[edge.Other]);

    // Breadth first, in the order in which marking met the edges: the same input prints the same chain.
    private int[] Search()
    {
        int[] found = new int[_nodes.Count];
        Array.Fill(found, None);
        int[] order = new int[_nodes.Count];
        int reached = 0;
        Follow(_roots);
        for (int done = 0; done < reached; done++)
            Follow(_edgesOf[order[done]]);
        _order = order[..reached];
        return _shortest = found;

        void Follow(Edges edges)
        {
            for (int edge = edges.First; edge != None; edge = At(edge).Next)
            {
                int target = At(edge).Target;
                if (found[target] != None)
                    continue;
                found[target] = edge;
                order[reached++] = target;
            }
        }
    }
}
