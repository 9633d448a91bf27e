namespace Unikernel.Size.Model;

/// <summary>What bytes are for. The names in reports are the lower-case words of <see cref="Categories.Name"/>.</summary>
public enum Category
{
    /// <summary>Instructions.</summary>
    Code,

    /// <summary>Constants, variables with a value, tables of the runtime.</summary>
    Data,

    /// <summary>Method tables, interface maps, generic dictionaries: what the runtime knows of types.</summary>
    Types,

    /// <summary>String literals.</summary>
    Strings,

    /// <summary>Names and signatures for reflection and stack traces.</summary>
    Metadata,

    /// <summary>How to unwind a frame: .eh_frame and its index.</summary>
    Unwind,

    /// <summary>Where references are while code runs, and which handler takes an exception.</summary>
    GcInfo,

    /// <summary>Files that the program carries.</summary>
    Files,

    /// <summary>ELF header, program headers, notes.</summary>
    Headers,

    /// <summary>Alignment.</summary>
    Padding,

    /// <summary>Bytes that neither map nor symbols explain.</summary>
    Unattributed,

    /// <summary>What packing saves: negative, because all else is counted as it is unpacked.</summary>
    Packing,
}

/// <summary>Names of <see cref="Category"/> in reports.</summary>
public static class Categories
{
    public static IReadOnlyList<Category> All { get; } = Enum.GetValues<Category>();

    public static string Name(this Category category) => category switch
    {
        Category.GcInfo => "gc-info",
        _ => category.ToString().ToLowerInvariant(),
    };

    public static Category Parse(string name)
    {
        foreach (Category category in All)
        {
            if (category.Name() == name)
                return category;
        }

        throw new FormatException($"'{name}' is not a category");
    }
}
