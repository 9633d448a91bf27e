using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Finds properties and items of this SDK whose names are misspelt: names that begin like ours, which neither the SDK's targets nor the project
/// reads.
/// </summary>
/// <remarks>
/// A task cannot ask MSBuild for the properties of a project, but it can read what the user wrote: the project and the files that it imports by
/// a path without properties, and the command line (the global properties). What the SDK knows is what its own targets read, so there is no list
/// that could be out of date.
/// </remarks>
public sealed partial class CheckNames : Task
{
    private const string Prefix = "Unikernel";
    private const int MostEdits = 3;

    private readonly HashSet<string> _properties = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _items = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _readByUser = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _seenFiles = new(StringComparer.Ordinal);
    private readonly List<Use> _uses = [];

    /// <summary>The project.</summary>
    [Required]
    public string Project { get; set; } = "";

    /// <summary>What else the user wrote: Directory.Build.props and the like; what does not exist is passed over.</summary>
    public string[] Files { get; set; } = [];

    /// <summary>The SDK's own targets.</summary>
    [Required]
    public string[] SdkFiles { get; set; } = [];

    public override bool Execute()
    {
        foreach (string file in SdkFiles)
            LearnNames(File.ReadAllText(file));
        foreach (string file in Files.Prepend(Project))
            Collect(file);
        if (BuildEngine is IBuildEngine6 engine)
            foreach (string name in engine.GetGlobalProperties().Keys)
                _uses.Add(new Use(name, false, Project, 0, 0));
        foreach (Use use in _uses.DistinctBy(use => use.Name.ToUpperInvariant()))
            Check(use);
        return !Log.HasLoggedErrors;
    }

    private void LearnNames(string text)
    {
        foreach (Match match in Reference().Matches(text))
            (match.Groups["kind"].ValueSpan is "$" ? _properties : _items).Add(match.Groups["name"].Value);
    }

    private void Collect(string file)
    {
        if (file.Length == 0 || !File.Exists(file) || !_seenFiles.Add(Path.GetFullPath(file)))
            return;
        string text = File.ReadAllText(file);
        foreach (Match match in Reference().Matches(text))
            _readByUser.Add(match.Groups["name"].Value);

        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) + "/";
        foreach (XElement element in XDocument.Parse(text, LoadOptions.SetLineInfo).Descendants())
        {
            IXmlLineInfo place = element;
            switch (element.Parent?.Name.LocalName)
            {
                case "PropertyGroup":
                    _uses.Add(new Use(element.Name.LocalName, false, file, place.LineNumber, place.LinePosition));
                    break;
                case "ItemGroup":
                    _uses.Add(new Use(element.Name.LocalName, true, file, place.LineNumber, place.LinePosition));
                    break;
                default:
                    if (element.Name.LocalName == "Import" && (string?)element.Attribute("Project") is { } import)
                        Collect(Path.Combine(folder, import.Replace("$(MSBuildThisFileDirectory)", folder, StringComparison.OrdinalIgnoreCase).Replace('\\', '/')));
                    break;
            }
        }
    }

    private void Check(Use use)
    {
        HashSet<string> known = use.IsItem ? _items : _properties, others = use.IsItem ? _properties : _items;
        if (known.Contains(use.Name) || _readByUser.Contains(use.Name))
            return;
        bool ours = use.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
        string kind = use.IsItem ? "item" : "property", otherKind = use.IsItem ? "property" : "item";
        if (others.TryGetValue(use.Name, out string? other))
            Say(use, kind, $"{other} is an {otherKind}".Replace("an property", "a property", StringComparison.Ordinal), certain: true);
        else if (Nearest(use.Name, known.Concat(others)) is { } near && (ours || use.Name.StartsWith("Uni", StringComparison.OrdinalIgnoreCase)))
            Say(use, kind, $"Did you mean {near}", certain: true);
        else if (ours)
            Say(use, kind, "Nothing reads it", certain: false);
    }

    // A name that nothing resembles may be read by a file that was not found from here: a warning.
    private void Say(Use use, string kind, string what, bool certain)
    {
        Rule rule = BuildRules.NameUnknown;
        string text = rule.Format(kind, use.Name, what + (what.StartsWith("Did", StringComparison.Ordinal) ? "?" : "."));
        if (certain)
            Log.LogError(null, rule.Id, null, rule.HelpLink, use.File, use.Line, use.Column, 0, 0, text);
        else
            Log.LogWarning(null, rule.Id, null, rule.HelpLink, use.File, use.Line, use.Column, 0, 0, text);
    }

    private static string? Nearest(string name, IEnumerable<string> known)
    {
        (string Name, int Edits)[] candidates =
        [
            .. known.Where(candidate => !candidate.StartsWith('_')).Select(candidate => (candidate, Edits(name, candidate)))
                .Where(candidate => candidate.Item2 <= MostEdits || IsBeginning(name, candidate.candidate))
                .OrderBy(candidate => candidate.Item2).ThenBy(candidate => candidate.candidate, StringComparer.Ordinal),
        ];
        return candidates.Length > 0 ? candidates[0].Name : null;
    }

    private static bool IsBeginning(string name, string candidate) =>
        name.Length > Prefix.Length + 2 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Insertions, deletions, replacements and swaps of neighbours from one name to the other (optimal string alignment).</summary>
    private static int Edits(string from, string to)
    {
        string a = from.ToUpperInvariant(), b = to.ToUpperInvariant();
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                edits[i, j] = Math.Min(Math.Min(edits[i - 1, j] + 1, edits[i, j - 1] + 1), edits[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
            }
        }

        return edits[a.Length, b.Length];
    }

    [GeneratedRegex(@"(?<kind>[$@])\(\s*(?<name>_?Unik\w+)")]
    private static partial Regex Reference();

    private sealed record Use(string Name, bool IsItem, string File, int Line, int Column);
}
