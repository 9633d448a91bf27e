using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary><c>why MEMBER</c>: the shortest chain of needs from a root to each node whose name contains a text.</summary>
public static class WhyReport
{
    private const int MaximumNodes = 20;

    /// <summary>Prints the chains; false when nothing matches.</summary>
    public static bool Write(DependencyAnalyzer graph, ShortestPaths paths, string member, TextWriter output)
    {
        // A name as people write it (Namespace.Type.Method) also matches Cecil's spelling with two colons.
        string spelled = member.LastIndexOf('.') is > 0 and var dot ? member[..dot] + "::" + member[(dot + 1)..] : member;
        List<Node> found =
        [
            .. graph.Marked
                .Where(n => n is not RootNode && (n.Name.Contains(member, StringComparison.OrdinalIgnoreCase) || n.Name.Contains(spelled, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(n => n is MethodBodyNode or ConstructedTypeNode or EntryPointNode ? 0 : 1)
                .ThenBy(n => n.Name.Length).ThenBy(n => n.Name, StringComparer.Ordinal),
        ];
        if (found.Count == 0)
        {
            output.WriteLine($"Nothing that the program needs is called '{member}'.");
            return false;
        }

        foreach (Node node in found.Take(MaximumNodes))
        {
            output.WriteLine(node);
            foreach ((Node step, Edge edge) in paths.To(node))
                output.WriteLine($"  {edge.Reason} {step}{(edge.Other is { } other ? $" (because of {other})" : "")}");
            output.WriteLine();
        }

        if (found.Count > MaximumNodes)
            output.WriteLine($"… and {found.Count - MaximumNodes} more; use a longer name.");
        return true;
    }
}
