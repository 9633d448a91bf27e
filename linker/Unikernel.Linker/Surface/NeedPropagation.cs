using Mono.Cecil;

namespace Unikernel.Linker.Surface;

/// <summary>
/// What each method needs with all that it calls: the smallest solution of
/// <c>total(m) = own(m) ∪ total(called) ∪ ⋂ total(implementation)</c>, the intersection over the bodies of each virtual call.
/// </summary>
/// <remarks>
/// A virtual call counts only for what every implementation needs. <c>Stream.Read</c> needs nothing because a MemoryStream does
/// not, while <c>HttpMessageHandler.Send</c> needs the network. Implementations that pass the call on to another object of their
/// kind (decorators) say nothing about the need and are left out of the intersection, and so are those that only throw.
/// A method of which only a delegate is made counts like a call, except for needs that no unikernel has: a callback that may
/// never run (the choice of a client certificate) must not make its creator unusable.
/// </remarks>
public static class NeedPropagation
{
    // How far a decorator may hide the call that it passes on.
    private const int DecoratorDepth = 4;

    /// <summary>Computes <see cref="CallGraph.Node.Total"/> of every node.</summary>
    public static void Run(CallGraph graph)
    {
        var bodies = new Dictionary<CallGraph.Node, CallGraph.Node[]>();
        var users = new Dictionary<CallGraph.Node, List<CallGraph.Node>>();
        foreach (CallGraph.Node node in graph.Nodes)
        {
            foreach (CallGraph.Node callee in node.Calls)
                AddUser(users, callee, node);
            foreach (CallGraph.Node pointed in node.Pointers)
                AddUser(users, pointed, node);
            foreach (CallGraph.Node slot in node.VirtualCalls)
            {
                if (!bodies.ContainsKey(slot))
                    bodies.Add(slot, Deciding(slot));
                foreach (CallGraph.Node body in bodies[slot])
                    AddUser(users, body, node);
            }
        }

        var pending = new Queue<CallGraph.Node>(graph.Nodes);
        var queued = new HashSet<CallGraph.Node>(graph.Nodes);
        while (pending.TryDequeue(out CallGraph.Node? node))
        {
            queued.Remove(node);
            Needs total = node.Own;
            foreach (CallGraph.Node callee in node.Calls)
                total |= callee.Total;
            foreach (CallGraph.Node pointed in node.Pointers)
                total |= new Needs(pointed.Total.Bits & ~NeedVocabulary.Absent.Bits);
            foreach (CallGraph.Node slot in node.VirtualCalls)
                total |= OfSlot(bodies[slot]);
            if (total == node.Total)
                continue;
            node.Total = total;
            if (!users.TryGetValue(node, out List<CallGraph.Node>? affected))
                continue;
            foreach (CallGraph.Node user in affected)
            {
                if (queued.Add(user))
                    pending.Enqueue(user);
            }
        }
    }

    /// <summary>What a call of an abstract or interface method needs whatever implements it.</summary>
    public static Needs OfSlot(CallGraph.Node slot) => OfSlot(Deciding(slot));

    private static CallGraph.Node[] Deciding(CallGraph.Node slot)
    {
        CallGraph.Node[] real = [.. slot.Implementations.Where(i => !i.OnlyThrows)];
        CallGraph.Node[] result = [.. real.Where(i => !PassesOn(i, slot, overloadsToo: true))];
        if (result.Length == 0)
            result = [.. real.Where(i => !PassesOn(i, slot, overloadsToo: false))];
        return result.Length == 0 ? real : result;
    }

    private static Needs OfSlot(CallGraph.Node[] implementations)
    {
        if (implementations.Length == 0)
            return Needs.None;
        Needs common = implementations[0].Total;
        foreach (CallGraph.Node implementation in implementations)
            common &= implementation.Total;
        return common;
    }

    private static bool PassesOn(CallGraph.Node implementation, CallGraph.Node slot, bool overloadsToo)
    {
        var seen = new HashSet<CallGraph.Node>();
        return Reaches(implementation, DecoratorDepth);

        bool Reaches(CallGraph.Node node, int depth)
        {
            if (!seen.Add(node))
                return false;
            if (node.VirtualCalls.Any(call => call == slot || (overloadsToo && IsOverload(call.Method, slot.Method))))
                return true;
            return depth > 0 && node.Calls.Any(callee => Reaches(callee, depth - 1));
        }
    }

    // A class that passes on may do so through another overload of its base: HttpMessageHandler.SendAsync and the one of its stages.
    private static bool IsOverload(MethodDefinition a, MethodDefinition b) =>
        a.Name == b.Name && (IsBase(a.DeclaringType, b.DeclaringType) || IsBase(b.DeclaringType, a.DeclaringType));

    private static bool IsBase(TypeDefinition ancestor, TypeDefinition type)
    {
        for (TypeReference? current = type; current is not null; current = (current as TypeDefinition ?? ancestor.Module.MetadataResolver.Resolve(current))?.BaseType)
        {
            if (current == ancestor)
                return true;
        }

        return false;
    }

    private static void AddUser(Dictionary<CallGraph.Node, List<CallGraph.Node>> users, CallGraph.Node callee, CallGraph.Node caller)
    {
        if (!users.TryGetValue(callee, out List<CallGraph.Node>? list))
            users.Add(callee, list = []);
        list.Add(caller);
    }
}
