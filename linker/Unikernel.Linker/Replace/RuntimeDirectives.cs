using System.Xml.Linq;

namespace Unikernel.Linker.Replace;

/// <summary>
/// Runtime directives (rd.xml), which ILC reads itself. What they name must still be there then; they can name nearly anything, so the
/// assemblies are kept whole and ILC chooses.
/// </summary>
internal static class RuntimeDirectives
{
    /// <summary>Simple names of the assemblies that a file names.</summary>
    public static IEnumerable<string> AssembliesIn(string path)
    {
        using FileStream stream = File.OpenRead(path);
        XElement root = SubstitutionReader.LoadXml(stream, path);
        return [.. root.Descendants().Where(e => e.Name.LocalName == "Assembly").Select(e => ((string?)e.Attribute("Name") ?? "").Split(',')[0].Trim()).Where(n => n.Length > 0)];
    }
}
