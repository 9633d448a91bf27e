using System.Globalization;
using System.Xml;
using Unikernel.Linker.Graph;

namespace Unikernel.Linker.Reporting;

/// <summary>Records every edge of the graph and writes it as DGML (Visual Studio's directed graph format, as ILC and ILLink do).</summary>
public sealed class DgmlWriter : IGraphRecorder
{
    private const string Namespace = "http://schemas.microsoft.com/vs/2009/dgml";

    private readonly List<(Node? Source, Node Target, string Reason)> _edges = [];

    public void Edge(Node? source, Node target, string reason, Node? other)
    {
        _edges.Add((source, target, reason));
        if (other is not null)
            _edges.Add((other, target, reason + " (condition)"));
    }

    public void Write(Stream stream, IReadOnlyList<Node> marked)
    {
        var ids = new Dictionary<Node, string>(ReferenceEqualityComparer.Instance);
        foreach (Node node in marked)
            ids.Add(node, ids.Count.ToString(CultureInfo.InvariantCulture));

        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, NewLineChars = "\n" });
        xml.WriteStartElement("DirectedGraph", Namespace);
        xml.WriteStartElement("Nodes", Namespace);
        foreach (Node node in marked)
        {
            xml.WriteStartElement("Node", Namespace);
            xml.WriteAttributeString("Id", ids[node]);
            xml.WriteAttributeString("Label", node.ToString());
            xml.WriteAttributeString("Category", node.Kind);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteStartElement("Links", Namespace);
        foreach ((Node? source, Node target, string reason) in _edges)
        {
            if (source is null)
                continue;
            xml.WriteStartElement("Link", Namespace);
            xml.WriteAttributeString("Source", ids[source]);
            xml.WriteAttributeString("Target", ids[target]);
            xml.WriteAttributeString("Reason", reason);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}
