using System.Globalization;
using System.IO.Compression;
using System.Text;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Writes the shortest reason of every body and type, for tools that explain the image (msbuild/Unikernel.Size), and of what leads to them: signatures and
/// fields, which nobody asks for, are two thirds of the graph. One line a node, nearest to a root first: the line of the node that needs it (from 0; -1
/// for a root), the reason, the kind, the assembly and the name, with tabs between. A node stands behind its reason, so one pass reads it. Compressed
/// by gzip: the names of a web application are some 10 MB.
/// </summary>
public static class ReasonsWriter
{
    public const string FileName = "reasons.tsv.gz";

    /// <summary>Takes the names down at once, because sweeping changes what they are made of; compressing and writing them goes on beside it.</summary>
    public static Task WriteAsync(string path, ShortestPaths paths, Func<Node, string?> assemblyOf)
    {
        var text = new MemoryStream();
        Write(text, paths, assemblyOf);
        return Task.Run(() =>
        {
            using var gzip = new GZipStream(File.Create(path), CompressionLevel.Optimal);
            gzip.Write(text.GetBuffer(), 0, (int)text.Length);
        });
    }

    /// <summary>Writes the lines, not compressed.</summary>
    public static void Write(Stream stream, ShortestPaths paths, Func<Node, string?> assemblyOf)
    {
        List<(Node Node, Edge Edge)> all = [.. paths.All];
        var wanted = new HashSet<Node>(ReferenceEqualityComparer.Instance);
        for (int i = all.Count - 1; i >= 0; i--)
        {
            (Node node, Edge edge) = all[i];
            if (node is MethodBodyNode or ConstructedTypeNode or TypeNode)
                wanted.Add(node);
            if (wanted.Contains(node) && edge.Source is { } source)
                wanted.Add(source);
        }

        var lines = new Dictionary<Node, int>(ReferenceEqualityComparer.Instance);
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        foreach ((Node node, Edge edge) in all.Where(a => wanted.Contains(a.Node)))
        {
            string source = edge.Source is { } needs ? lines[needs].ToString(CultureInfo.InvariantCulture) : "-1";
            lines.Add(node, lines.Count);
            writer.WriteLine(string.Join('\t', source, edge.Reason, node is RootNode ? "root" : node.Kind, assemblyOf(node), node.Name));
        }
    }
}
