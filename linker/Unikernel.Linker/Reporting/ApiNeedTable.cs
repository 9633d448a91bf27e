using Mono.Cecil;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Surface;

namespace Unikernel.Linker.Reporting;

/// <summary>What public APIs of the framework need: the same data that the analyzers show while typing (format: docs/formats.md).</summary>
public sealed class ApiNeedTable
{
    private readonly Dictionary<string, Dictionary<string, string[]>> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NeedVocabulary.Entry> _absent;

    private ApiNeedTable() =>
        _absent = NeedVocabulary.All.Where(e => e.Class == NeedClass.Absent).ToDictionary(e => e.Word, StringComparer.Ordinal);

    /// <summary>The table that is built into the linker.</summary>
    public static ApiNeedTable ReadShipped()
    {
        using Stream stream = typeof(ApiNeedTable).Assembly.GetManifestResourceStream("api-needs.txt")
            ?? throw new InvalidOperationException("the linker lacks its resource api-needs.txt");
        var table = new ApiNeedTable();
        using var reader = new StreamReader(stream);
        Dictionary<string, string[]>? members = null;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("need ", StringComparison.Ordinal) || line.StartsWith("unikernel-api-needs ", StringComparison.Ordinal))
                continue;
            if (line[0] != '\t')
                table._types.Add(line, members = new Dictionary<string, string[]>(StringComparer.Ordinal));
            else if (line.Split('\t') is [_, var needs, var member])
                members?.TryAdd(member, needs.Split(','));
        }

        return table;
    }

    /// <summary>The first need of a method that no unikernel has; null when it has none.</summary>
    public NeedVocabulary.Entry? AbsentNeedOf(MethodDefinition method)
    {
        foreach (string need in NeedsOf(method))
        {
            if (_absent.TryGetValue(need, out NeedVocabulary.Entry? entry))
                return entry;
        }

        return null;
    }

    /// <summary>The words of what a method needs.</summary>
    public IReadOnlyList<string> NeedsOf(MethodDefinition method)
    {
        if (!_types.TryGetValue(method.DeclaringType.FullName.Replace('/', '+'), out Dictionary<string, string[]>? members))
            return [];
        string key = DocumentationId.Of(method);
        if (method.IsGetter || method.IsSetter)
            key = TypeFacts.PropertyOf(method) is { } property ? DocumentationId.Of(property) : key;
        else if (method.IsAddOn || method.IsRemoveOn)
            key = TypeFacts.EventOf(method) is { } @event ? DocumentationId.Of(@event) : key;
        return members.GetValueOrDefault(key, []);
    }
}
