using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Threading;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Unikernel.Analyzers;

/// <summary>A property or item as the project file writes it, with its place.</summary>
internal readonly struct ProjectElement(XElement element, bool isConditional, Location location)
{
    public string Name => element.Name.LocalName;

    /// <summary>The attribute Include; empty for a property.</summary>
    public string Include => (string?)element.Attribute("Include") ?? "";

    public string Value => element.HasElements ? "" : element.Value.Trim();

    /// <summary>An item's metadata: attributes or elements in it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Metadata
    {
        get
        {
            foreach (XAttribute attribute in element.Attributes())
            {
                yield return new KeyValuePair<string, string>(attribute.Name.LocalName, attribute.Value);
            }

            foreach (XElement child in element.Elements())
            {
                yield return new KeyValuePair<string, string>(child.Name.LocalName, child.Value.Trim());
            }
        }
    }

    /// <summary>A condition stands on the element or around it: whether it holds is MSBuild's to say.</summary>
    public bool IsConditional { get; } = isConditional;

    public Location Location { get; } = location;

    /// <summary>The names that an item's Include lists.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            foreach (string name in Include.Split(';'))
            {
                if (name.Trim() is { Length: > 0 } trimmed)
                {
                    yield return trimmed;
                }
            }
        }
    }
}

/// <summary>
/// The project and the files that it imports by convention, which Unikernel.Sdk hands to the compiler as additional files: so what they say is
/// judged at their own lines, in the editor as in a build.
/// </summary>
internal static class ProjectFile
{
    public static bool IsProject(AdditionalText text) => Path.GetExtension(text.Path) is ".csproj" or ".props" or ".targets";

    public static IEnumerable<ProjectElement> Elements(ImmutableArray<AdditionalText> texts, CancellationToken cancellation)
    {
        foreach (AdditionalText text in texts)
        {
            if (IsProject(text))
            {
                foreach (ProjectElement element in Elements(text, cancellation))
                {
                    yield return element;
                }
            }
        }
    }

    public static IEnumerable<ProjectElement> Elements(AdditionalText text, CancellationToken cancellation)
    {
        if (text.GetText(cancellation) is not { } source || Parse(source) is not { Root: { } root })
        {
            yield break;
        }

        foreach (XElement group in root.Elements())
        {
            if (group.Name.LocalName is not ("PropertyGroup" or "ItemGroup"))
            {
                continue;
            }

            foreach (XElement element in group.Elements())
            {
                bool conditional = group.Attribute("Condition") is not null || element.Attribute("Condition") is not null;
                yield return new ProjectElement(element, conditional, LocationOf(text, source, element));
            }
        }
    }

    /// <summary>A file that is being typed is often no XML; MSBuild says so better than a rule could.</summary>
    private static XDocument? Parse(SourceText source)
    {
        try
        {
            return XDocument.Parse(source.ToString(), LoadOptions.SetLineInfo);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static Location LocationOf(AdditionalText text, SourceText source, IXmlLineInfo element)
    {
        int line = Math.Min(Math.Max(element.LineNumber - 1, 0), source.Lines.Count - 1);
        // XML counts from 1 and from behind the "<".
        TextLine whole = source.Lines[line];
        int start = Math.Min(whole.Start + Math.Max(element.LinePosition - 2, 0), whole.End);
        TextSpan span = TextSpan.FromBounds(start, whole.End);
        return Location.Create(text.Path, span, source.Lines.GetLinePositionSpan(span));
    }
}
