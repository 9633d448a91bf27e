namespace Unikernel.FileSystem;

/// <summary>What a directory says of one of its entries.</summary>
public readonly struct DirectoryItem(string name, NodeKind kind)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>What the name stands for.</summary>
    public NodeKind Kind { get; } = kind;
}
