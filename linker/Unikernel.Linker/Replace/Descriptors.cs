using System.Xml.Linq;
using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Nodes.Reflection;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Replace;

/// <summary>Descriptor XML in ILLink's format: what must be kept although no code names it.</summary>
public sealed class Descriptors(AssemblyStore store, FeatureSettings features, MessageLog log)
{
    private const string EmbeddedName = "ILLink.Descriptors.xml";

    /// <summary>Keeps what a file names.</summary>
    public void CollectFile(DependencyCollector needs, string path)
    {
        using FileStream stream = File.OpenRead(path);
        Collect(needs, SubstitutionReader.LoadXml(stream, path), path, owner: null);
    }

    /// <summary>Keeps what the descriptor inside an assembly names; it counts when anything of the assembly is used.</summary>
    public void CollectEmbedded(DependencyCollector needs, AssemblyDefinition assembly)
    {
        if (needs.Context.Substitutions.IsRemoved(assembly, EmbeddedName) || EmbeddedXml.Open(assembly, EmbeddedName) is not { } stream)
            return;
        using (stream)
        {
            string origin = $"{assembly.Name.Name}!{EmbeddedName}";
            Collect(needs, SubstitutionReader.LoadXml(stream, origin), origin, assembly);
        }
    }

    private void Collect(DependencyCollector needs, XElement root, string origin, AssemblyDefinition? owner)
    {
        foreach (XElement element in root.Elements("assembly"))
        {
            string name = ((string?)element.Attribute("fullname") ?? "").Split(',')[0].Trim();
            AssemblyDefinition? assembly = name == owner?.Name.Name ? owner : store.TryGet(name);
            if (!Applies(element))
                continue;
            if (assembly is null)
            {
                if (owner is null)
                    log.Report(LinkingRules.XmlTargetMissing, null, origin, $"assembly '{name}'");
                continue;
            }

            if ((string?)element.Attribute("preserve") == "all" || (!element.HasElements && element.Attribute("preserve") is null))
            {
                foreach (TypeDefinition type in assembly.MainModule.GetTypes())
                    needs.Add(needs.Nodes.DynamicAccess(type, MemberKinds.All), "descriptor");
            }

            foreach (XElement typeElement in element.Elements("type"))
            {
                if (Applies(typeElement))
                    CollectType(needs, typeElement, assembly, origin, owner is null);
            }

            foreach (XElement space in element.Elements("namespace"))
            {
                string prefix = (string?)space.Attribute("fullname") ?? "";
                foreach (TypeDefinition type in assembly.MainModule.Types.Where(t => t.Namespace == prefix && Applies(space)))
                    needs.Add(needs.Nodes.DynamicAccess(type, MemberKinds.All), "descriptor");
            }
        }
    }

    private void CollectType(DependencyCollector needs, XElement element, AssemblyDefinition assembly, string origin, bool reportMissing)
    {
        string name = ((string?)element.Attribute("fullname") ?? "").Replace('+', '/');
        List<TypeDefinition> types = name.EndsWith('*')
            ? [.. assembly.MainModule.GetTypes().Where(t => t.FullName.StartsWith(name[..^1], StringComparison.Ordinal))]
            : TypeFacts.Find(assembly, name) is { } type ? [type] : [];
        if (types.Count == 0 && reportMissing)
            log.Report(LinkingRules.XmlTargetMissing, null, origin, $"type '{name}'");

        foreach (TypeDefinition found in types)
        {
            // required="false": only if the type is used anyway; keeping its members then is what the condition is for.
            bool required = (string?)element.Attribute("required") != "false";
            var condition = needs.Nodes.Type(found);
            foreach (Node node in NodesOf(needs, element, found, origin, reportMissing))
            {
                if (required)
                    needs.Add(node, "descriptor");
                else
                    needs.AddIf(node, condition, "descriptor");
            }
        }
    }

    private IEnumerable<Node> NodesOf(DependencyCollector needs, XElement element, TypeDefinition type, string origin, bool reportMissing)
    {
        string? preserve = (string?)element.Attribute("preserve");
        bool hasMembers = element.HasElements;
        if (preserve == "nothing" || (preserve is null && hasMembers))
        {
            yield return needs.Nodes.Constructed(type);
        }
        else
        {
            MemberKinds kinds = preserve switch
            {
                "fields" => MemberKinds.PublicFields | MemberKinds.NonPublicFields,
                "methods" => MemberKinds.PublicMethods | MemberKinds.NonPublicMethods | MemberKinds.PublicConstructors | MemberKinds.NonPublicConstructors,
                _ => MemberKinds.All,
            };
            yield return needs.Nodes.DynamicAccess(type, kinds);
        }

        foreach (XElement member in element.Elements())
        {
            if (!Applies(member))
                continue;
            foreach (Node node in MemberNodes(needs, member, type, origin, reportMissing))
                yield return node;
        }
    }

    private IEnumerable<Node> MemberNodes(DependencyCollector needs, XElement element, TypeDefinition type, string origin, bool reportMissing)
    {
        string? name = (string?)element.Attribute("name");
        string signature = (string?)element.Attribute("signature") ?? "";
        string memberName = name ?? signature[(signature.LastIndexOf(' ') + 1)..];
        var found = new List<Node>();
        switch (element.Name.LocalName)
        {
            case "method" when name is not null:
                found.AddRange(type.Methods.Where(m => m.Name == name).Select(needs.Nodes.Reflected));
                break;
            case "method" when MemberSignatures.FindMethod(type, signature) is { } method:
                found.Add(needs.Nodes.Reflected(method));
                break;
            case "field":
                found.AddRange(type.Fields.Where(f => f.Name == memberName).Select(needs.Nodes.Field));
                break;
            case "property":
                found.AddRange(type.Properties.Where(p => p.Name == memberName)
                    .SelectMany(p => new[] { p.GetMethod, p.SetMethod }).Where(m => m is not null).Select(needs.Nodes.Reflected));
                break;
            case "event":
                found.AddRange(type.Events.Where(e => e.Name == memberName)
                    .SelectMany(e => new[] { e.AddMethod, e.RemoveMethod }).Where(m => m is not null).Select(needs.Nodes.Reflected));
                break;
            case "type":
                found.AddRange(type.NestedTypes.Where(t => t.Name == memberName).Select(t => needs.Nodes.DynamicAccess(t, MemberKinds.All)));
                break;
        }

        if (found.Count == 0 && reportMissing)
            log.Report(LinkingRules.XmlTargetMissing, null, origin, $"{element.Name.LocalName} '{name ?? signature}' of '{type.FullName}'");
        return found;
    }

    private bool Applies(XElement element) => features.Applies(
        (string?)element.Attribute("feature"), (string?)element.Attribute("featurevalue"), (string?)element.Attribute("featuredefault"));
}
