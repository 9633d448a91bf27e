using System.Globalization;
using System.IO.Compression;
using System.Text;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Writes the first reason of every node, for tools that explain the image (tools/size). One line a node in the order of marking: the line of the node
/// that needs it (from 0; -1 for a root), the reason, the kind and the name, with tabs between. A node stands behind its reason, so one pass reads it.
/// Compressed by gzip: the names of a web application are some 20 MB.
/// </summary>
public static class ReasonsWriter
{
    public const string FileName = "reasons.tsv.gz";

    public static void Write(Stream stream, IReadOnlyList<Node> marked)
    {
        var lines = new Dictionary<Node, int>(marked.Count, ReferenceEqualityComparer.Instance);
        using var gzip = new GZipStream(stream, CompressionLevel.Fastest);
        using var writer = new StreamWriter(gzip, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16) { NewLine = "\n" };
        foreach (Node node in marked)
        {
            lines.Add(node, lines.Count);
            Edge edge = node.MarkedBy!;
            int source = edge.Source is { } needs && lines.TryGetValue(needs, out int line) ? line : -1;
            writer.Write(source.ToString(CultureInfo.InvariantCulture));
            writer.Write('\t');
            writer.Write(edge.Reason);
            writer.Write('\t');
            writer.Write(node is RootNode ? "root" : node.Kind);
            writer.Write('\t');
            writer.WriteLine(node.Name);
        }
    }
}
