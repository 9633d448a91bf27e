using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Native libraries that packages bring only as shared libraries, and the reference of the project through which each came: the restore's own
/// graph (project.assets.json) leads from the package to it. While building they are handed to the analyzers (UKN1014); at publish they are
/// refused (UKN5011).
/// </summary>
public sealed class FindSharedLibraries : Task
{
    /// <summary>NativeCopyLocalItems, or RuntimeTargetsCopyLocalItems where the build has no RID.</summary>
    public ITaskItem[] Libraries { get; set; } = [];

    /// <summary>Names that the project provides in another way or never calls.</summary>
    public string[] Provided { get; set; } = [];

    /// <summary>project.assets.json.</summary>
    [Required]
    public string AssetsFile { get; set; } = "";

    /// <summary>The project and what it imports by convention: where a reference can stand.</summary>
    [Required]
    public string[] ProjectFiles { get; set; } = [];

    /// <summary>Whether to refuse what is found.</summary>
    public bool Refuse { get; set; }

    /// <summary>For the analyzers: <c>reference|package version|library</c>, with commas between.</summary>
    [Output]
    public string Found { get; set; } = "";

    public override bool Execute()
    {
        HashSet<string> provided = new(Provided.Select(Plain), StringComparer.OrdinalIgnoreCase);
        ITaskItem[] shared =
        [
            .. Libraries.Where(library => library.GetMetadata("Extension") == ".so" && IsForLinux(library) && !provided.Contains(Plain(library.GetMetadata("Filename"))))
                .DistinctBy(library => library.GetMetadata("Filename"), StringComparer.Ordinal),
        ];
        if (shared.Length == 0)
            return true;

        var references = File.Exists(AssetsFile) ? References.Read(AssetsFile) : new References([], []);
        List<string> found = [];
        foreach (ITaskItem library in shared)
        {
            string package = library.GetMetadata("NuGetPackageId"), version = library.GetMetadata("NuGetPackageVersion");
            string file = library.GetMetadata("Filename") + ".so";
            string reference = references.Of(package);
            found.Add($"{reference}|{package} {version}|{file}");
            if (Refuse)
                Say(reference, $"{package} {version}", file);
        }

        Found = string.Join(',', found);
        return !Log.HasLoggedErrors;
    }

    private static bool IsForLinux(ITaskItem library) => library.GetMetadata("RuntimeIdentifier") is "" or "linux-x64" or "linux" or "unix-x64" or "unix";

    private static string Plain(string name) => name.StartsWith("lib", StringComparison.Ordinal) ? name[3..] : name;

    private void Say(string reference, string package, string file)
    {
        (string path, int line, int column) = Place(reference);
        Rule rule = BuildRules.NativeLibraryShared;
        Log.LogError(null, rule.Id, null, rule.HelpLink, path, line, column, 0, 0, rule.Format(package, file, Plain(Path.GetFileNameWithoutExtension(file))));
    }

    private (string Path, int Line, int Column) Place(string reference) => ProjectPlaces.Find(ProjectFiles, element =>
    {
        string include = (string?)element.Attribute("Include") ?? "";
        string name = element.Name.LocalName switch
        {
            "PackageReference" => include,
            "ProjectReference" => Path.GetFileNameWithoutExtension(include.Replace('\\', '/')),
            _ => "",
        };
        return name.Equals(reference, StringComparison.OrdinalIgnoreCase);
    });

    /// <summary>Which of the project's own references leads to a package.</summary>
    private sealed class References(Dictionary<string, string> parents, HashSet<string> own)
    {
        /// <summary>Breadth first from the project's own references, so that the shortest way is the one that is told.</summary>
        public static References Read(string path)
        {
            using JsonDocument assets = JsonDocument.Parse(File.ReadAllBytes(path));
            var own = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (assets.RootElement.TryGetProperty("projectFileDependencyGroups", out JsonElement groups))
                foreach (JsonProperty group in groups.EnumerateObject())
                    foreach (JsonElement dependency in group.Value.EnumerateArray())
                        own.Add(dependency.GetString()!.Split(' ')[0]);

            var edges = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
            foreach (JsonProperty target in assets.RootElement.GetProperty("targets").EnumerateObject())
                foreach (JsonProperty library in target.Value.EnumerateObject())
                    if (library.Value.TryGetProperty("dependencies", out JsonElement dependencies))
                        edges[library.Name.Split('/')[0]] = [.. dependencies.EnumerateObject().Select(dependency => dependency.Name)];

            var parents = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var work = new Queue<string>(own.Order(StringComparer.OrdinalIgnoreCase));
            while (work.TryDequeue(out string? name))
                foreach (string dependency in edges.GetValueOrDefault(name, []))
                    if (!own.Contains(dependency) && parents.TryAdd(dependency, name))
                        work.Enqueue(dependency);
            return new References(parents, own);
        }

        public string Of(string package)
        {
            while (!own.Contains(package) && parents.TryGetValue(package, out string? parent))
                package = parent;
            return package;
        }
    }
}
