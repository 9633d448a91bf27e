using System.Globalization;
using System.IO.Compression;
using System.Text;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Reasons;

/// <summary>A step of a chain: how the one before needs this one.</summary>
public readonly record struct ReasonStep(string Reason, string Kind, string Assembly, string Name)
{
    /// <summary>Code that the project or its packages bring: not of .NET, not of the toolchain.</summary>
    public bool IsOwn => Assembly.Length > 0 && !Budgets.Baseline.IsPlatform(Assembly);
}

/// <summary>
/// Why parts are in the image: of C#, the shortest chains that the IL linker found (reasons.tsv.gz); of native code, the references for which ld.lld took
/// members out of archives (`--why-extract`).
/// </summary>
public sealed class ReasonIndex
{
    private readonly List<(int Source, ReasonStep Step)> _nodes = [];
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Reference, string Symbol)> _extracted = new(StringComparer.Ordinal);

    /// <summary>Knows nothing.</summary>
    public static ReasonIndex Empty { get; } = new();

    /// <summary>Reads what there is; a file that is not there explains nothing.</summary>
    public static ReasonIndex Read(string? reasons, string? whyExtract)
    {
        var index = new ReasonIndex();
        if (reasons is not null && File.Exists(reasons))
        {
            using var stream = new GZipStream(File.OpenRead(reasons), CompressionMode.Decompress);
            using var reader = new StreamReader(stream);
            index.ReadReasons(reasons, reader);
        }

        if (whyExtract is not null && File.Exists(whyExtract))
        {
            using var reader = new StreamReader(whyExtract);
            index.ReadExtracted(reader);
        }

        return index;
    }

    internal void ReadReasons(string path, TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split('\t', 5);
            if (parts.Length != 5 || !int.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int source) || source >= _nodes.Count)
                throw new InputException(path, $"has a line that is no reason: '{line}'");
            _byKey.TryAdd(parts[3] + "!" + Key(parts[4]), _nodes.Count);
            _nodes.Add((source, new ReasonStep(parts[1], parts[2], parts[3], parts[4])));
        }
    }

    /// <summary>`reference TAB extracted TAB symbol`, after a line of these words (lld/docs/ld.lld.1, --why-extract).</summary>
    internal void ReadExtracted(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split('\t');
            if (parts.Length == 3 && parts[0] != "reference")
                _extracted.TryAdd(ShortObject(parts[1]), (ShortObject(parts[0]), parts[2]));
        }
    }

    /// <summary>The chain from a root to a part of the tree; empty when none is known.</summary>
    public IReadOnlyList<ReasonStep> Chain(SizeNode node)
    {
        string[] path = node.Path();
        if (path.Length > 2 && path[0] == Groups.Native)
            return NativeChain($"{path[1]}({path[2]})");
        return path.Length > 3 && path[0] == Groups.Managed ? ManagedChain(path) : [];
    }

    /// <summary>
    /// A large member of some parts and what needs it: of the largest ones the first that the project's own code needs, because what .NET needs for itself
    /// is in every image and made nothing grow; else the largest that has a reason.
    /// </summary>
    public (string Member, long Bytes, string Chain, bool IsOwn)? WhyLargest(IReadOnlyList<SizeNode> parts)
    {
        const int Tried = 8;
        List<(SizeNode Node, IReadOnlyList<ReasonStep> Chain)> large =
        [
            .. parts.SelectMany(p => p.Descendants()).Where(n => n.Own.Count > 0).OrderByDescending(n => n.Own.Values.Sum())
                .Select(n => (Node: n, Chain: Chain(n))).Where(n => n.Chain.Count > 0).Take(Tried),
        ];
        if (large.Count == 0)
            return null;
        int own = large.FindIndex(n => n.Chain.Any(step => step.IsOwn));
        (SizeNode node, IReadOnlyList<ReasonStep> chain) = large[Math.Max(own, 0)];
        return (ShortMember(node), node.Own.Values.Sum(), Shorten(chain), own >= 0);
    }

    private static string ShortMember(SizeNode node)
    {
        string[] path = node.Path();
        return path[0] == Groups.Managed && path.Length > 4 ? path[3] + "." + path[4] : Views.Name(node);
    }

    private IReadOnlyList<ReasonStep> ManagedChain(string[] path)
    {
        string type = path[2].Length > 0 ? path[2] + "." + path[3] : path[3];
        string? member = path.Length > 4 && !path[4].StartsWith('(') && !path[4].StartsWith("instantiation ", StringComparison.Ordinal) ? MemberName(path[4]) : null;
        string key = path[1] + "!" + type;
        if (member is not null && _byKey.TryGetValue(key + "::" + member, out int found) || _byKey.TryGetValue(key, out found))
            return ChainTo(found);
        return [];
    }

    private List<ReasonStep> ChainTo(int node)
    {
        var chain = new List<ReasonStep>();
        for (int at = node; at >= 0; at = _nodes[at].Source)
            chain.Add(_nodes[at].Step);
        chain.Reverse();
        return chain;
    }

    private List<ReasonStep> NativeChain(string member)
    {
        var chain = new List<ReasonStep>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string at = member;
        while (seen.Add(at))
        {
            if (!_extracted.TryGetValue(at, out (string Reference, string Symbol) reason))
            {
                chain.Add(new ReasonStep("", "object file", "", at));
                break;
            }

            chain.Add(new ReasonStep(reason.Symbol, "object file", "", at));
            at = reason.Reference;
        }

        chain.Reverse();
        return chain.Count > 1 ? chain : [];
    }

    /// <summary>From the last step of the project's own code: two steps, and the end.</summary>
    public static string Shorten(IReadOnlyList<ReasonStep> chain)
    {
        int first = 0;
        for (int i = 0; i < chain.Count; i++)
        {
            if (chain[i].IsOwn)
                first = i;
        }

        var text = new StringBuilder();
        for (int i = first; i < chain.Count; i++)
        {
            if (i > first + 2 && i < chain.Count - 2)
            {
                if (i == first + 3)
                    text.Append(" -> …");
                continue;
            }

            text.Append(i == first ? "" : " -> ").Append(Readable(chain[i]));
        }

        return text.ToString();
    }

    /// <summary>A step for people: what is needed, by which symbol if it is native.</summary>
    public static string Readable(ReasonStep step) => step.Kind switch
    {
        "object file" => step.Reason.Length > 0 ? $"{step.Reason} in {step.Name}" : step.Name,
        "root" => step.Name,
        _ => Key(step.Name).Replace("::", ".", StringComparison.Ordinal),
    };

    /// <summary>A name of Cecil without return type and parameters, nested types behind a dot: `System.Void A/B::C(System.Int32)` is `A.B::C`.</summary>
    internal static string Key(string name)
    {
        int parameters = name.IndexOf("::", StringComparison.Ordinal) is >= 0 and var colons ? name.IndexOf('(', colons) : -1;
        if (parameters >= 0)
            name = name[..parameters];
        int member = name.IndexOf("::", StringComparison.Ordinal);
        if (member >= 0)
        {
            int blank = name.LastIndexOf(' ', member);
            name = name[(blank + 1)..];
        }

        return name.Replace('/', '.');
    }

    /// <summary>The name of a method without type arguments and parameters.</summary>
    internal static string MemberName(string member)
    {
        int parameters = member.IndexOf('(', StringComparison.Ordinal);
        if (parameters < 0)
            return member;
        string name = member[..parameters];
        if (!name.EndsWith('>'))
            return name;
        int depth = 0;
        for (int i = name.Length - 1; i > 0; i--)
        {
            depth += name[i] == '>' ? 1 : name[i] == '<' ? -1 : 0;
            if (depth == 0)
                return name[..i];
        }

        return name;
    }

    /// <summary>`path/archive.a(path/member.o)` as the tree has it.</summary>
    private static string ShortObject(string file)
    {
        int open = file.EndsWith(')') ? file.LastIndexOf('(') : -1;
        return open > 0 ? $"{Path.GetFileName(file[..open])}({Path.GetFileName(file[(open + 1)..^1])})" : Path.GetFileName(file);
    }
}
