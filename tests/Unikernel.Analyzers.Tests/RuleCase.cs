namespace Unikernel.Analyzers.Tests;

/// <summary>
/// The case of one rule, <c>Cases/UKNnnnn.txt</c>: sections headed <c>--- name</c>. <c>fires</c> is code with its findings in
/// <c>[|…|]</c>, <c>silent</c> code that looks like it and is right, <c>fixed</c> what the code fix makes of <c>fires</c>, and
/// <c>properties</c> build properties that the case needs.
/// </summary>
internal sealed class RuleCase
{
    private readonly Dictionary<string, string> _sections = new(StringComparer.Ordinal);

    private RuleCase(string id)
    {
        Id = id;
    }

    public string Id { get; }
    public string Fires => _sections["fires"];
    public string Silent => _sections["silent"];
    public string? Fixed => _sections.GetValueOrDefault("fixed");
    public string Properties => _sections.GetValueOrDefault("properties", "");

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases");

    public static IEnumerable<string> Ids =>
        Directory.EnumerateFiles(Folder, "UKN*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static RuleCase Load(string id)
    {
        RuleCase result = new(id);
        string? section = null;
        foreach (string line in File.ReadLines(Path.Combine(Folder, id + ".txt")))
        {
            if (line.StartsWith("--- ", StringComparison.Ordinal))
            {
                section = line[4..].Trim();
                result._sections.Add(section, "");
            }
            else if (section is not null)
            {
                result._sections[section] += line + "\n";
            }
        }

        return result;
    }
}
