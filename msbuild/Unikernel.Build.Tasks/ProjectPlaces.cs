using System.Xml;
using System.Xml.Linq;

namespace Unikernel.Build.Tasks;

/// <summary>Where something stands in what the user wrote.</summary>
internal static class ProjectPlaces
{
    /// <summary>The first element that fits, in the order of the files; the first file where none does.</summary>
    public static (string Path, int Line, int Column) Find(IReadOnlyList<string> files, Func<XElement, bool> fits)
    {
        foreach (string file in files.Where(File.Exists))
        {
            if (XDocument.Load(file, LoadOptions.SetLineInfo).Descendants().FirstOrDefault(fits) is IXmlLineInfo place)
                return (file, place.LineNumber, place.LinePosition);
        }

        return (files[0], 0, 0);
    }
}
