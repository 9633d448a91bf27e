using System.Globalization;
using System.IO.Compression;
using System.Text;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Writes the shortest reason of every node, for tools that explain the image (tools/size). One line a node, nearest to a root first: the line of the node
/// that needs it (from 0; -1 for a root), the reason, the kind, the assembly and the name, with tabs between. A node stands behind its reason, so one pass reads it.
/// Compressed by gzip: the names of a web application are some 20 MB.
/// </summary>
public static class ReasonsWriter
{
    public const string FileName = "reasons.tsv.gz";

    public static void Write(Stream stream, ShortestPaths paths, Func<Node, string?> assemblyOf)
    {
        var lines = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        using var gzip = new GZipStream(stream, CompressionLevel.Fastest);
        using var writer = new StreamWriter(gzip, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16) { NewLine = "\n" };
        foreach ((Node node, Edge edge) in paths.All)
        {
            int source = edge.Source is { } needs ? lines[needs] : -1;
            lines.Add(node, lines.Count);
            writer.Write(source.ToString(CultureInfo.InvariantCulture));
            writer.Write('\t');
            writer.Write(edge.Reason);
            writer.Write('\t');
            writer.Write(node is RootNode ? "root" : node.Kind);
            writer.Write('\t');
            writer.Write('\t');
            writer.Write(assemblyOf(node));
            writer.Write('\t');
            writer.WriteLine(node.Name);
        }
    }
}
