namespace Unikernel.Size.Model;

/// <summary>A section: its bytes in the file and in memory.</summary>
public sealed record SectionSize(string Name, ulong Address, long FileBytes, long MemoryBytes);

/// <summary>What the memory of a machine is needed for when the image boots.</summary>
/// <param name="Name">What: a stable name.</param>
/// <param name="Measured">Whether it was seen in a boot, and not read off the file.</param>
public sealed record MemoryUse(string Name, long Bytes, bool Measured);

/// <summary>An image, and what each of its bytes belongs to.</summary>
public sealed class SizeReport
{
    /// <summary>The file's name without its folder.</summary>
    public required string Name { get; init; }

    /// <summary>Length of the file: the sum of the tree.</summary>
    public required long Bytes { get; init; }

    public required SizeNode Tree { get; init; }

    /// <summary>Length of the file before it was packed: what shares are shares of.</summary>
    public long UnpackedBytes => Bytes - Tree.Sum(c => c.Category).GetValueOrDefault(Category.Packing);

    public List<SectionSize> Sections { get; init; } = [];

    public List<MemoryUse> Memory { get; init; } = [];

    /// <summary>What stood in for a missing input, for people.</summary>
    public List<string> Notes { get; init; } = [];

    /// <summary>The configuration that was published, if known.</summary>
    public string? Configuration { get; set; }
}
