using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// The files of the time zones that a project asks for, as they go into the image: what TimeZoneInfo reads (TimeZoneInfo.Unix.NonAndroid.cs) is
/// <c>/usr/share/zoneinfo/NAME</c> (RFC 9636) and, for a list of all, <c>zone.tab</c> beside them.
/// </summary>
public sealed class FindTimeZones : Task
{
    private const string Place = "/usr/share/zoneinfo/", List = "zone.tab";

    // Copies of the whole database with other leap seconds, and what is no zone of its own.
    private static readonly string[] s_notZones = ["posix/", "right/", "localtime", "posixrules", "Factory"];

    private static readonly string[] s_utc = ["UTC", "UCT", "Universal", "Zulu", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu"];

    private static readonly string[] s_gmt =
        ["GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Etc/GMT", "Etc/GMT0", "Etc/GMT+0", "Etc/GMT-0", "Etc/Greenwich"];

    /// <summary>Items UnikernelTimeZone.</summary>
    public ITaskItem[] Zones { get; set; } = [];

    /// <summary>The environment variable TZ, if the project sets it.</summary>
    public ITaskItem[] LocalZones { get; set; } = [];

    /// <summary>Every zone of the database.</summary>
    public bool All { get; set; }

    /// <summary>The database.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>Where files are made that the database does not have in this form.</summary>
    [Required]
    public string OutputFolder { get; set; } = "";

    /// <summary>The project and what it imports, to say where an item stands.</summary>
    [Required]
    public string[] ProjectFiles { get; set; } = [];

    /// <summary>What goes into the image, with its place as metadata RelativePath; nothing if only UTC is asked for, which needs no file.</summary>
    [Output]
    public ITaskItem[] Files { get; set; } = [];

    public override bool Execute()
    {
        var zones = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ITaskItem item in Zones)
            Add(zones, item.ItemSpec, item, "UnikernelTimeZone");
        foreach (ITaskItem item in LocalZones)
            Add(zones, NameOf(item.GetMetadata("Value")), item, "UnikernelEnvironment");
        if (All)
            AddAll(zones);
        if (Log.HasLoggedErrors)
            return false;
        zones.ExceptWith(s_utc);
        zones.ExceptWith(s_gmt);
        if (zones.Count == 0)
            return true;

        var files = new List<ITaskItem>();
        foreach (string zone in zones)
            files.Add(File(Path.Combine(Folder, zone), zone));
        foreach (string name in s_utc)
            files.Add(Made(name, Constant("UTC")));
        foreach (string name in s_gmt)
            files.Add(Made(name, Constant("GMT")));
        string list = Path.Combine(Folder, List);
        if (System.IO.File.Exists(list))
            files.Add(Made(List, Encoding.UTF8.GetBytes(string.Concat(System.IO.File.ReadLines(list).Where(line => IsOf(line, zones)).Select(line => line + "\n")))));
        Files = [.. files];
        return true;
    }

    private void Add(SortedSet<string> zones, string zone, ITaskItem item, string element)
    {
        if (zone.Length == 0)
            return; // TZ is set to nothing, which is UTC
        if (s_utc.Contains(zone) || s_gmt.Contains(zone) || IsZone(zone))
        {
            zones.Add(zone);
            return;
        }

        string[] files = [item.GetMetadata("DefiningProjectFullPath"), .. ProjectFiles];
        (string path, int line, int column) = ProjectPlaces.Find([.. files.Where(file => file.Length > 0)], candidate =>
            candidate.Name.LocalName == element && ((string?)candidate.Attribute("Include") ?? "").Split(';', StringSplitOptions.TrimEntries).Contains(item.ItemSpec));
        Rule rule = BuildRules.TimeZoneMissing;
        Log.LogError(null, rule.Id, null, rule.HelpLink, path, line, column, 0, 0, rule.Format(zone, Folder));
    }

    // TZ may have a colon before it, and be the path of a file.
    private static string NameOf(string variable)
    {
        string zone = variable.TrimStart(':');
        return zone.StartsWith(Place, StringComparison.Ordinal) ? zone[Place.Length..] : zone;
    }

    private void AddAll(SortedSet<string> zones)
    {
        foreach (string file in Directory.Exists(Folder) ? Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories) : [])
        {
            string name = Path.GetRelativePath(Folder, file);
            if (!s_notZones.Any(other => name.StartsWith(other, StringComparison.Ordinal)) && IsZone(name))
                zones.Add(name);
        }

        if (zones.Count == 0)
            Log.LogError(null, BuildRules.TimeZoneMissing.Id, null, BuildRules.TimeZoneMissing.HelpLink, ProjectFiles[0], 0, 0, 0, 0, BuildRules.TimeZoneMissing.Format("*", Folder));
    }

    // The characters that TimeZoneInfo takes in a name, and no way out of the folder.
    private bool IsZone(string name)
    {
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '+') || name.StartsWith('/'))
            return false;
        string path = Path.Combine(Folder, name);
        if (!System.IO.File.Exists(path))
            return false;
        using FileStream file = System.IO.File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("TZif"u8);
    }

    // territory, coordinates, name, comments
    private static bool IsOf(string line, SortedSet<string> zones) => !line.StartsWith('#') && line.Split('\t') is [_, _, var name, ..] && zones.Contains(name);

    private static TaskItem File(string path, string name) => new(path, new Dictionary<string, string> { ["RelativePath"] = Place + name });

    private TaskItem Made(string name, byte[] content)
    {
        string path = Path.Combine(Path.GetFullPath(OutputFolder), name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!System.IO.File.Exists(path) || !System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            System.IO.File.WriteAllBytes(path, content);
        return File(path, name);
    }

    // RFC 9636, 3: the header and data block of version 1, those of version 2, and the footer; one type of local time, no transition.
    private static byte[] Constant(string abbreviation)
    {
        byte[] block = [.. "TZif2"u8, .. new byte[15], .. new byte[16], 0, 0, 0, 1, 0, 0, 0, 4, .. new byte[6], .. Encoding.ASCII.GetBytes(abbreviation), 0];
        return [.. block, .. block, .. Encoding.ASCII.GetBytes($"\n{abbreviation}0\n")];
    }
}
