using Mono.Cecil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>The operating system surface of a program: each entry point that it can reach, who provides it, and by what the linker kept it.</summary>
public sealed class SurfaceMap(LinkContext context, AbsentEntryPoints absent)
{
    private sealed record Line(EntryPointNode Node, string Status, MethodDefinition? Provider)
    {
        public EntryPoint Entry => Node.EntryPoint;
    }

    private IEnumerable<Line> Lines()
    {
        foreach (EntryPointNode node in context.Nodes.EntryPoints.Where(n => n.IsMarked))
        {
            EntryPoint entry = node.EntryPoint;
            MethodDefinition? provider = context.Providers.Find(entry);
            string status = provider is not null ? "provided" : absent.IsAbsent(entry) ? "absent" : "native";
            yield return new Line(node, status, provider);
        }
    }

    /// <summary>Prints the map as a table.</summary>
    public void WriteText(TextWriter output)
    {
        foreach (Line line in Lines())
        {
            output.WriteLine($"{line.Status,-9} {line.Entry}{(line.Provider is null ? "" : " by " + line.Provider.FullName)}");
            IReadOnlyList<(Node Node, Edge MarkedBy)> chain = DependencyAnalyzer.Path(line.Node);
            // The last but one is the P/Invoke, what calls it is what a reader looks for.
            output.WriteLine($"          reached by {(chain.Count > 2 ? chain[^3] : chain[0]).Node}");
        }
    }

    /// <summary>
    /// Writes <c>os-surface-reachable.tsv</c>, from which the SDK makes <c>os-surface-map.json</c> when ILC has compiled: what is reachable here is an
    /// upper bound, and the symbols tell what is in the image.
    /// </summary>
    public void WriteReachable(Stream stream)
    {
        ILookup<EntryPoint, MethodDefinition> imports = context.Nodes.Bodies
            .Where(body => body.IsMarked && body.Method.IsPInvokeImpl)
            .Select(body => (Entry: EntryPoint.Of(body.Method), body.Method))
            .Where(import => import.Entry is not null)
            .ToLookup(import => import.Entry!.Value, import => import.Method);
        using var text = new StreamWriter(stream) { NewLine = "\n" };
        foreach (Line line in Lines())
        {
            IEnumerable<string> symbols = line.Status switch
            {
                "provided" => [IlcSymbols.Of(line.Provider!)],
                "native" => [line.Entry.Name],
                _ => imports[line.Entry].Select(IlcSymbols.Of).Order(StringComparer.Ordinal),
            };
            text.WriteLine($"{line.Status}\t{line.Entry.Library}\t{line.Entry.Name}\t{line.Provider?.FullName}\t{string.Join(' ', symbols)}");
        }
    }
}
