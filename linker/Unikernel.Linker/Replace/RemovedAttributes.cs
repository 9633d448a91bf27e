using System.Text;
using System.Xml.Linq;
using Mono.Cecil;

namespace Unikernel.Linker.Replace;

/// <summary>
/// Attribute types whose uses have no effect in this build, by the ILLink.LinkAttributes.xml of the assembly that defines them
/// (debugger attributes without a debugger, for example). ILC removes the same.
/// </summary>
public sealed class RemovedAttributes(FeatureSettings features)
{
    internal const string EmbeddedName = "ILLink.LinkAttributes.xml";

    private readonly Dictionary<AssemblyDefinition, HashSet<string>> _names = [];

    public bool Contains(TypeDefinition attributeType)
    {
        AssemblyDefinition assembly = attributeType.Module.Assembly;
        if (!_names.TryGetValue(assembly, out HashSet<string>? names))
            _names.Add(assembly, names = Read(assembly));
        return names.Count != 0 && names.Contains(attributeType.FullName);
    }

    /// <summary>The file without entries for types that were swept, of which ILC would warn.</summary>
    public static EmbeddedResource WithoutMissingTypes(AssemblyDefinition assembly, EmbeddedResource resource)
    {
        using Stream stream = resource.GetResourceStream();
        XElement root = SubstitutionReader.LoadXml(stream, $"{assembly.Name.Name}!{EmbeddedName}");
        List<XElement> gone =
        [
            .. root.Elements("assembly").Elements("type")
                .Where(t => (string?)t.Attribute("fullname") is { } name && Nodes.TypeFacts.Find(assembly, name) is null),
        ];
        gone.ForEach(t => t.Remove());
        return new EmbeddedResource(resource.Name, resource.Attributes, Encoding.UTF8.GetBytes(root.ToString()));
    }

    private HashSet<string> Read(AssemblyDefinition assembly)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (EmbeddedXml.Open(assembly, EmbeddedName) is not { } stream)
            return names;
        using (stream)
        {
            XElement root = SubstitutionReader.LoadXml(stream, $"{assembly.Name.Name}!{EmbeddedName}");
            foreach (XElement type in root.Elements("assembly").Where(Applies).Elements("type").Where(Applies))
            {
                bool removed = type.Elements("attribute").Any(a => (string?)a.Attribute("internal") == "RemoveAttributeInstances" && Applies(a));
                if (removed && (string?)type.Attribute("fullname") is { } name)
                    names.Add(name.Replace('+', '/'));
            }
        }

        return names;
    }

    private bool Applies(XElement element) => features.Applies(
        (string?)element.Attribute("feature"), (string?)element.Attribute("featurevalue"), (string?)element.Attribute("featuredefault"));
}
