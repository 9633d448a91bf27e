namespace Unikernel.Size.Model;

/// <summary>Bytes of one part, in one section, of one category.</summary>
public readonly record struct Cell(string Section, Category Category);

/// <summary>A part of an image: a group, an assembly, a type, an archive's member … Its bytes are those of its children and its own.</summary>
public sealed class SizeNode(string name, SizeNode? parent)
{
    private readonly Dictionary<string, SizeNode> _children = new(StringComparer.Ordinal);
    private readonly Dictionary<Cell, long> _own = [];

    public string Name { get; } = name;

    public SizeNode? Parent { get; } = parent;

    /// <summary>All bytes of the part.</summary>
    public long Bytes { get; private set; }

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>The parts of the part.</summary>
    public IReadOnlyCollection<SizeNode> Children => _children.Values;

    /// <summary>The bytes that belong to no child.</summary>
    public IReadOnlyDictionary<Cell, long> Own => _own;

    public SizeNode? Child(string name) => _children.GetValueOrDefault(name);

    /// <summary>Adds bytes to a part below this one.</summary>
    public void Add(ReadOnlySpan<string> path, Cell cell, long bytes)
    {
        SizeNode node = this;
        node.Bytes += bytes;
        foreach (string step in path)
        {
            if (!node._children.TryGetValue(step, out SizeNode? child))
                node._children.Add(step, child = new SizeNode(step, node));
            node = child;
            node.Bytes += bytes;
        }

        node._own[cell] = node._own.GetValueOrDefault(cell) + bytes;
    }

    /// <summary>The names from the root to here, without the root's.</summary>
    public string[] Path()
    {
        var path = new string[Depth];
        for (SizeNode node = this; node.Parent is not null; node = node.Parent)
            path[node.Depth - 1] = node.Name;
        return path;
    }

    /// <summary>This part and all below it.</summary>
    public IEnumerable<SizeNode> Descendants()
    {
        yield return this;
        foreach (SizeNode child in _children.Values)
        {
            foreach (SizeNode node in child.Descendants())
                yield return node;
        }
    }

    /// <summary>The part at a path, or null.</summary>
    public SizeNode? Find(params ReadOnlySpan<string> path)
    {
        SizeNode? node = this;
        foreach (string step in path)
        {
            node = node.Child(step);
            if (node is null)
                return null;
        }

        return node;
    }

    /// <summary>Bytes by section or category or both, over all below.</summary>
    public SortedDictionary<TKey, long> Sum<TKey>(Func<Cell, TKey> key)
        where TKey : notnull
    {
        var sums = new SortedDictionary<TKey, long>();
        foreach (SizeNode node in Descendants())
        {
            foreach ((Cell cell, long bytes) in node._own)
                sums[key(cell)] = sums.GetValueOrDefault(key(cell)) + bytes;
        }

        return sums;
    }
}

/// <summary>The groups at the top of the tree.</summary>
public static class Groups
{
    /// <summary>What ILC compiled: assembly, namespace, type, member.</summary>
    public const string Managed = "managed";

    /// <summary>Native code: archive, member, symbol.</summary>
    public const string Native = "native";

    /// <summary>Files that the program carries, by their path.</summary>
    public const string Files = "files";

    /// <summary>What belongs to no part: headers, alignment, bytes that nothing explains.</summary>
    public const string Image = "image";
}
