using Mono.Cecil;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>The operating system surface of a program: each entry point that it can reach, who provides it, and by what the linker kept it.</summary>
public sealed class SurfaceMap(LinkContext context, AbsentEntryPoints absent)
{
    /// <summary>One line of the map.</summary>
    public sealed record Line(string Library, string EntryPoint, string Status, string? Provider, IReadOnlyList<string> Chain);

    public IEnumerable<Line> Lines()
    {
        foreach (EntryPointNode node in context.Nodes.EntryPoints.Where(n => n.IsMarked))
        {
            EntryPoint entry = node.EntryPoint;
            string? provider = context.Providers.Find(entry)?.FullName;
            string status = provider is not null ? "provided" : absent.IsAbsent(entry) ? "absent" : "native";
            yield return new Line(entry.Library, entry.Name, status, provider, [.. DependencyAnalyzer.Path(node).Select(step => step.Node.ToString())]);
        }
    }

    /// <summary>Prints the map as a table.</summary>
    public void WriteText(TextWriter output)
    {
        foreach (Line line in Lines())
        {
            output.WriteLine($"{line.Status,-9} {line.Library}!{line.EntryPoint}{(line.Provider is null ? "" : " by " + line.Provider)}");
            // The last but one is the P/Invoke, what calls it is what a reader looks for.
            output.WriteLine($"          reached by {(line.Chain.Count > 2 ? line.Chain[^3] : line.Chain[0])}");
        }
    }

    /// <summary>
    /// Writes <c>os-surface-reachable.tsv</c>, from which the SDK makes <c>os-surface-map.json</c> when ILC has compiled: what is reachable here is an
    /// upper bound, and the symbols tell what is in the image.
    /// </summary>
    public void WriteReachable(Stream stream)
    {
        ILookup<EntryPoint, MethodDefinition> imports = context.Nodes.Bodies
            .Where(body => body.IsMarked && EntryPoint.Of(body.Method) is not null)
            .ToLookup(body => EntryPoint.Of(body.Method)!.Value, body => body.Method);
        using var text = new StreamWriter(stream) { NewLine = "\n" };
        foreach (Line line in Lines())
        {
            var entry = new EntryPoint(line.Library, line.EntryPoint);
            IEnumerable<string> symbols = line.Status switch
            {
                "provided" => [IlcSymbols.Of(context.Providers.Find(entry)!)],
                "native" => [line.EntryPoint],
                _ => imports[entry].Select(IlcSymbols.Of).Order(StringComparer.Ordinal),
            };
            text.WriteLine($"{line.Status}\t{line.Library}\t{line.EntryPoint}\t{line.Provider}\t{string.Join(' ', symbols)}");
        }
    }
}
