using System.Text;
using System.Xml;
using System.Xml.Linq;
using System.Xml.XPath;

namespace Unikernel.Guest;

/// <summary>XML: readers, writers, LINQ to XML, DOM and XPath.</summary>
internal static class XmlCases
{
    private const string Text = """
        <?xml version="1.0" encoding="utf-8"?>
        <!-- comment --><shop xmlns:x="urn:x" x:id="1">
          <item price="10">apple &amp; pear</item>
          <item price="7"><![CDATA[<raw>]]></item>
          <x:note lang="cs">žluť&#x161;</x:note>
        </shop>
        """;

    public static void Run()
    {
        Suite.Case("parse", () => XDocument.Parse(Text).Root!.Elements("item").Sum(i => (int)i.Attribute("price")!));
        Suite.Case("namespace", () => (string?)XDocument.Parse(Text).Root!.Element(XName.Get("note", "urn:x")));
        Suite.Case("to string", () => XDocument.Parse(Text).ToString(SaveOptions.DisableFormatting));
        Suite.Case("indented", () => XElement.Parse("<a><b/><c>t</c></a>").ToString());
        Suite.Case("build", () => new XElement("r", new XAttribute("k", "<\"&"), Enumerable.Range(1, 3).Select(i => new XElement("i", i)), new XComment("c")).ToString(SaveOptions.DisableFormatting));
        Suite.Case("edit", () =>
        {
            XElement root = XElement.Parse("<a><b>1</b><b>2</b></a>");
            root.Elements("b").First().Remove();
            root.Add(new XElement("c"));
            root.SetAttributeValue("n", 5);
            return root.ToString(SaveOptions.DisableFormatting);
        });
        Suite.Case("xpath", () => XDocument.Parse(Text).XPathSelectElements("//item[@price>8]").Select(e => e.Value));
        Suite.Case("xpath evaluate", () => XDocument.Parse(Text).XPathEvaluate("sum(//item/@price)"));
        Suite.Case("xpath namespace", () =>
        {
            XmlNamespaceManager names = new(new NameTable());
            names.AddNamespace("n", "urn:x");
            return XDocument.Parse(Text).XPathSelectElement("//n:note/@lang/..", names)?.Name.LocalName;
        });
        Suite.Case("reader", () =>
        {
            using XmlReader reader = XmlReader.Create(new StringReader(Text), new XmlReaderSettings { IgnoreWhitespace = true });
            StringBuilder log = new();
            while (reader.Read())
            {
                log.Append($"{reader.NodeType}:{reader.Name}@{reader.Depth} ");
            }

            return log.ToString();
        });
        Suite.Case("writer", () =>
        {
            StringBuilder text = new();
            using (XmlWriter writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
            {
                writer.WriteStartElement("p", "root", "urn:p");
                writer.WriteAttributeString("a", "1\n2");
                writer.WriteElementString("e", "<&>");
                writer.WriteCData("x]]y");
                writer.WriteEndElement();
            }

            return text.ToString();
        });
        Suite.Throws("writer misuse", () =>
        {
            using XmlWriter writer = XmlWriter.Create(new StringBuilder());
            writer.WriteEndElement();
        });
        Suite.Case("dom", () =>
        {
            XmlDocument document = new();
            document.LoadXml(Text);
            return $"{document.DocumentElement!.ChildNodes.Count} {document.SelectNodes("//item")!.Count} {document.GetElementsByTagName("item")[1]!.InnerText}";
        });
        Suite.Case("dom edit", () =>
        {
            XmlDocument document = new();
            document.LoadXml("<a/>");
            XmlElement child = document.CreateElement("b");
            child.SetAttribute("k", "v");
            document.DocumentElement!.AppendChild(child);
            return document.OuterXml;
        });
        Suite.Each("malformed", ["<a>", "<a></b>", "<a b=1/>", "<a/><b/>", "", "<a>&undefined;</a>", "<a b='1' b='2'/>", "<1/>", "<a>\u0001</a>"], s => XDocument.Parse(s).Root!.Name);
        Suite.Throws("dtd is prohibited", () => XDocument.Load(XmlReader.Create(new StringReader("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"))));
        Suite.Case("dtd when allowed", () => XDocument.Load(XmlReader.Create(new StringReader("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"), new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse })).Root!.Value);
        Suite.Case("conversions", () => $"{XmlConvert.ToString(1.5)} {XmlConvert.ToDateTime("2024-02-29T00:00:00Z", XmlDateTimeSerializationMode.Utc):O} {XmlConvert.EncodeName("a b")} {XmlConvert.ToTimeSpan("PT1H30M")}");
        Suite.Case("large", () =>
        {
            XElement root = new("r", Enumerable.Range(0, 3000).Select(i => new XElement("e", new XAttribute("i", i), i * i)));
            return Suite.Digest(root.ToString()) + " " + root.Descendants("e").Where(e => (int)e.Attribute("i")! % 100 == 0).Sum(e => (long)e);
        });
        Suite.Case("encodings", () =>
        {
            MemoryStream stream = new();
            new XDocument(new XDeclaration("1.0", "utf-16", null), new XElement("ž")).Save(stream);
            stream.Position = 0;
            return $"{stream.Length} {XDocument.Load(stream).Root!.Name}";
        });
        Suite.Case("async reader", () => CountAsync().Result);
    }

    private static async Task<int> CountAsync()
    {
        using XmlReader reader = XmlReader.Create(new StringReader(Text), new XmlReaderSettings { Async = true });
        int count = 0;
        while (await reader.ReadAsync())
        {
            count++;
        }

        return count;
    }
}
