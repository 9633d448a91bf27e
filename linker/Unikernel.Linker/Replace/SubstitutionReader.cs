using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Replace;

/// <summary>Reads substitution XML: <c>linker/assembly/type/(method|field)</c> and <c>assembly/resource</c>.</summary>
public sealed class SubstitutionReader(AssemblyStore store, FeatureSettings features, MessageLog log)
{
    /// <summary>Reads a document.</summary>
    /// <param name="stream">The XML.</param>
    /// <param name="origin">Where it is from, for messages.</param>
    /// <param name="owner">The assembly in which it is embedded; entries for others are ignored then, as ILLink does.</param>
    /// <param name="methods">Receives method substitutions.</param>
    /// <param name="fields">Receives field constants.</param>
    /// <param name="removedResources">Gives the set of removed resources of an assembly.</param>
    public void Read(
        Stream stream,
        string origin,
        AssemblyDefinition? owner,
        Dictionary<MethodDefinition, BodySubstitution> methods,
        Dictionary<FieldDefinition, object> fields,
        Func<AssemblyDefinition, HashSet<string>> removedResources)
    {
        XElement root = LoadXml(stream, origin);
        foreach (XElement element in root.Elements("assembly"))
        {
            if (!Applies(element) || FindAssembly(element, owner) is not { } assembly)
                continue;
            foreach (XElement resource in element.Elements("resource"))
            {
                if (Applies(resource) && (string?)resource.Attribute("action") == "remove" && (string?)resource.Attribute("name") is { } name)
                    removedResources(assembly).Add(name);
            }

            foreach (XElement typeElement in element.Elements("type"))
            {
                if (!Applies(typeElement))
                    continue;
                string typeName = (string?)typeElement.Attribute("fullname") ?? "";
                if (TypeFacts.Find(assembly, typeName) is not { } type)
                {
                    if (owner is null)
                        log.Report(LinkingRules.XmlTargetMissing, null, origin, $"type '{typeName}'");
                    continue;
                }

                ReadMembers(typeElement, type, origin, owner is null, methods, fields);
            }
        }
    }

    /// <summary>Parses XML without a DTD; malformed text is an error with the position.</summary>
    public static XElement LoadXml(Stream stream, string origin)
    {
        try
        {
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XElement.Load(reader);
        }
        catch (XmlException e)
        {
            throw new LinkerException(LinkingRules.InvalidXml, origin, e.Message);
        }
    }

    private void ReadMembers(
        XElement typeElement,
        TypeDefinition type,
        string origin,
        bool reportMissing,
        Dictionary<MethodDefinition, BodySubstitution> methods,
        Dictionary<FieldDefinition, object> fields)
    {
        foreach (XElement element in typeElement.Elements("method"))
        {
            string signature = (string?)element.Attribute("signature") ?? "";
            if (!Applies(element))
                continue;
            if (MemberSignatures.FindMethod(type, signature) is { } method)
                methods[method] = ReadBody(element, method, origin);
            else if (reportMissing)
                log.Report(LinkingRules.XmlTargetMissing, null, origin, $"method '{signature}' of '{type.FullName}'");
        }

        foreach (XElement element in typeElement.Elements("field"))
        {
            string name = (string?)element.Attribute("name") ?? "";
            if (!Applies(element))
                continue;
            if (type.Fields.FirstOrDefault(f => f.Name == name) is not { IsStatic: true } field)
            {
                if (reportMissing)
                    log.Report(LinkingRules.XmlTargetMissing, null, origin, $"static field '{name}' of '{type.FullName}'");
            }
            else if (Constant(field.FieldType, (string?)element.Attribute("value"), origin) is { } value)
            {
                fields[field] = value;
            }
        }
    }

    private static BodySubstitution ReadBody(XElement element, MethodDefinition method, string origin) =>
        (string?)element.Attribute("body") switch
        {
            "remove" => new BodySubstitution(Throws: true, null),
            "stub" => new BodySubstitution(Throws: false, Constant(method.ReturnType, (string?)element.Attribute("value"), origin)),
            var other => throw new LinkerException(LinkingRules.InvalidXml, origin, $"body=\"{other}\" of {method.FullName} must be \"stub\" or \"remove\""),
        };

    private static object? Constant(TypeReference type, string? text, string origin)
    {
        if (type.MetadataType == MetadataType.Void)
            return null;
        if (type.Resolve() is { IsEnum: true } enumeration)
            type = enumeration.Fields.First(f => !f.IsStatic).FieldType;
        text ??= type.MetadataType is MetadataType.String or MetadataType.Object or MetadataType.Class ? null : "0";
        try
        {
            return type.MetadataType switch
            {
                MetadataType.Boolean => text is "1" || (text is not "0" && bool.Parse(text!)) ? 1 : 0,
                MetadataType.Char or MetadataType.SByte or MetadataType.Byte or MetadataType.Int16 or MetadataType.UInt16 or MetadataType.Int32 =>
                    int.Parse(text!, CultureInfo.InvariantCulture),
                MetadataType.UInt32 => unchecked((int)uint.Parse(text!, CultureInfo.InvariantCulture)),
                MetadataType.Int64 => long.Parse(text!, CultureInfo.InvariantCulture),
                MetadataType.UInt64 => unchecked((long)ulong.Parse(text!, CultureInfo.InvariantCulture)),
                MetadataType.Single => float.Parse(text!, CultureInfo.InvariantCulture),
                MetadataType.Double => double.Parse(text!, CultureInfo.InvariantCulture),
                MetadataType.String => text,
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new LinkerException(LinkingRules.InvalidXml, origin, $"'{text}' is not a value of {type.FullName}");
        }
    }

    private bool Applies(XElement element) => features.Applies(
        (string?)element.Attribute("feature"), (string?)element.Attribute("featurevalue"), (string?)element.Attribute("featuredefault"));

    private AssemblyDefinition? FindAssembly(XElement element, AssemblyDefinition? owner)
    {
        string name = ((string?)element.Attribute("fullname") ?? "").Split(',')[0].Trim();
        if (owner is null)
            return store.TryGet(name);
        return name is "*" || name == owner.Name.Name ? owner : null;
    }
}
