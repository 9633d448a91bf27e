namespace Unikernel.Linker.Surface;

/// <summary>Why a method is said to need something: the shortest chain of calls to the method that needs it by itself.</summary>
public static class NeedExplanation
{
    /// <summary>The chain, the method itself first; empty when it does not have the need.</summary>
    public static IReadOnlyList<CallGraph.Node> Chain(CallGraph.Node start, Needs need)
    {
        var cameFrom = new Dictionary<CallGraph.Node, CallGraph.Node?> { [start] = null };
        var pending = new Queue<CallGraph.Node>([start]);
        while (pending.TryDequeue(out CallGraph.Node? node))
        {
            if (!(node.Own & need).IsEmpty)
                return Unwind(cameFrom, node);
            foreach (CallGraph.Node next in Next(node, need))
            {
                if (!(next.Total & need).IsEmpty && cameFrom.TryAdd(next, node))
                    pending.Enqueue(next);
            }
        }

        return [];
    }

    private static IEnumerable<CallGraph.Node> Next(CallGraph.Node node, Needs need)
    {
        foreach (CallGraph.Node callee in node.Calls)
            yield return callee;
        if ((need & NeedVocabulary.Absent).IsEmpty)
        {
            foreach (CallGraph.Node pointed in node.Pointers)
                yield return pointed;
        }

        foreach (CallGraph.Node slot in node.VirtualCalls)
        {
            if ((NeedPropagation.OfSlot(slot) & need).IsEmpty)
                continue;
            foreach (CallGraph.Node body in slot.Implementations)
                yield return body;
        }
    }

    private static List<CallGraph.Node> Unwind(Dictionary<CallGraph.Node, CallGraph.Node?> cameFrom, CallGraph.Node end)
    {
        var chain = new List<CallGraph.Node>();
        for (CallGraph.Node? node = end; node is not null; node = cameFrom[node])
            chain.Insert(0, node);
        return chain;
    }
}
