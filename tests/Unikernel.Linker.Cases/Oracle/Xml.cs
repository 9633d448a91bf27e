using System.Xml; using System.Xml.Linq; using System.Xml.Serialization;
var doc = XDocument.Parse("<a x='1'><b>t</b><!-- c --></a>"); Console.WriteLine(doc.Root!.Attribute("x")!.Value + doc.Descendants("b").Single().Value);
var d = new XmlDocument(); d.LoadXml("<r><i n='1'/><i n='2'/></r>"); Console.WriteLine(d.SelectNodes("//i[@n>1]")!.Count);
using var w = XmlWriter.Create(Console.Out); w.WriteElementString("e", "v"); w.Flush();
