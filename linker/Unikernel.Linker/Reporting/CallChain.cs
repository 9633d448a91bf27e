using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>The shortest chain of calls from a framework method to an entry point, for the explanation in a warning.</summary>
public sealed class CallChain(LinkContext context)
{
    // Enough for every chain of the framework; a bound so that a warning never costs more than the link.
    private const int MaximumMethods = 20_000;

    /// <summary>The methods from the start to a P/Invoke of an entry point that satisfies the predicate, both included; empty when none is found.</summary>
    public IReadOnlyList<MethodDefinition> Find(MethodDefinition start, Func<EntryPoint, bool> wanted)
    {
        var cameFrom = new Dictionary<MethodDefinition, MethodDefinition?> { [start] = null };
        var queue = new Queue<MethodDefinition>();
        queue.Enqueue(start);
        while (queue.TryDequeue(out MethodDefinition? method))
        {
            if (EntryPoint.Of(method) is { } entry)
            {
                if (wanted(entry))
                    return Unwind(method, cameFrom);
                continue;
            }

            if (!method.HasBody || context.Replacements.Find(method, context.Nodes.IsBodyMarked) is not null || cameFrom.Count > MaximumMethods)
                continue;
            foreach (Instruction instruction in method.Body.Instructions)
            {
                if (instruction.Operand is not MethodReference reference || context.Resolver.Resolve(reference) is not { } target)
                    continue;
                if (cameFrom.TryAdd(target, method))
                    queue.Enqueue(target);
            }
        }

        return [];
    }

    private static List<MethodDefinition> Unwind(MethodDefinition last, Dictionary<MethodDefinition, MethodDefinition?> cameFrom)
    {
        var chain = new List<MethodDefinition>();
        for (MethodDefinition? method = last; method is not null; method = cameFrom[method])
            chain.Add(method);
        chain.Reverse();
        return chain;
    }
}
