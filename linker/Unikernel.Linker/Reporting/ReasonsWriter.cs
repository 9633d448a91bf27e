using System.IO.Compression;
using System.Text;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Writes the shortest reason of every body and type, for tools that explain the image (msbuild/Unikernel.Size), and of what leads to them: signatures and
/// fields, which nobody asks for, are two thirds of the graph. One line a node, nearest to a root first: the line of the node that needs it (from 0; -1
/// for a root), the reason, the kind, the assembly and the name, with tabs between; a member's name is Type::Member. A node stands behind its reason, so one pass reads it. Compressed
/// by gzip: the names of a web application are some 10 MB.
/// </summary>
public static class ReasonsWriter
{
    public const string FileName = "reasons.tsv.gz";

    private readonly record struct Line(int Source, string Reason, string Kind, string? Assembly, string Owner, string? Member);

    /// <summary>Takes the names down at once, because sweeping changes what they are made of; spelling, compressing and writing them goes on beside it.</summary>
    public static Task WriteAsync(string path, ShortestPaths paths, Func<Node, string?> assemblyOf)
    {
        List<Line> lines = Collect(paths, assemblyOf);
        return Task.Run(() =>
        {
            using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
            using var writer = new StreamWriter(gzip, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16);
            foreach (Line line in lines)
            {
                writer.Write(line.Source);
                foreach (string? text in (ReadOnlySpan<string?>)[line.Reason, line.Kind, line.Assembly, line.Owner])
                {
                    writer.Write('\t');
                    writer.Write(text);
                }

                writer.Write(line.Member is null ? "" : "::");
                writer.Write(line.Member);
                writer.Write('\n');
            }
        });
    }

    private static List<Line> Collect(ShortestPaths paths, Func<Node, string?> assemblyOf)
    {
        List<(Node Node, Edge Edge)> all = [.. paths.All];
        int[] lineOf = new int[paths.NodeCount];
        for (int i = all.Count - 1; i >= 0; i--)
        {
            (Node node, Edge edge) = all[i];
            if (node is MethodBodyNode or ConstructedTypeNode or TypeNode)
                lineOf[node.Number] = 1;
            if (lineOf[node.Number] != 0 && edge.Source is { } source)
                lineOf[source.Number] = 1;
        }

        var lines = new List<Line>();
        foreach ((Node node, Edge edge) in all.Where(a => lineOf[a.Node.Number] != 0))
        {
            (string owner, string? member) = node.ShortName;
            int source = edge.Source is { } needs ? lineOf[needs.Number] : -1;
            lineOf[node.Number] = lines.Count;
            lines.Add(new Line(source, edge.Reason, node is RootNode ? "root" : node.Kind, assemblyOf(node), owner, member));
        }

        return lines;
    }
}
