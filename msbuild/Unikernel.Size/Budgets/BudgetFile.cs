using System;
using System.Collections.Generic;

namespace Unikernel.Size.Budgets;

/// <summary>What a limit is for.</summary>
public enum BudgetTarget
{
    /// <summary>The whole file.</summary>
    Image,

    /// <summary>Memory at boot: all that is known, or a part by its name.</summary>
    Memory,
    Section,
    Assembly,
    Namespace,

    /// <summary>An archive or a member of it: `core.a`, `libRuntime.WorkstationGC.a(gcwks.cpp.o)`.</summary>
    Native,
}

/// <summary>A limit and where it is written.</summary>
public sealed class Budget(BudgetTarget target, string file, TextPosition position)
{
    public BudgetTarget Target { get; } = target;
    public string File { get; } = file;
    public TextPosition Position { get; } = position;

    /// <summary>Which section, assembly …; `*` stands for any characters. Empty for the image.</summary>
    public string Name { get; set; } = "";

    /// <summary>More than this is an error.</summary>
    public ByteSize? Limit { get; set; }

    /// <summary>More than this is a warning; a share is of the limit.</summary>
    public ByteSize? Warning { get; set; }

    /// <summary>More growth than this since the baseline is an error; a share is of the baseline.</summary>
    public ByteSize? Growth { get; set; }

    /// <summary>The configuration that it holds for; empty for all.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>Words of the project's own for who exceeds it.</summary>
    public string Message { get; set; } = "";

    /// <summary>The part as messages call it.</summary>
    public string Title => Target == BudgetTarget.Image ? "the image" : Target == BudgetTarget.Memory && Name.Length == 0 ? "the memory at boot" : Target.ToString().ToLowerInvariant() + " '" + Name + "'";

    /// <summary>Whether the limit says that the part must not be there at all.</summary>
    public bool Forbids => Limit is { IsShare: false } limit && limit.Bytes(0) == 0;
}

/// <summary>
/// `unikernel.budget.json`: `budgets`, a list of limits, and `baseline`, a file beside it. The schema unikernel.budget.schema.json says the same to
/// editors. The analyzers compile this file too.
/// </summary>
public sealed class BudgetFile
{
    public const string DefaultName = "unikernel.budget.json";

    private BudgetFile()
    {
    }

    /// <summary>Path of the baseline as it is written, and where.</summary>
    public string? Baseline { get; private set; }

    public List<Budget> Budgets { get; } = new List<Budget>();

    /// <exception cref="BudgetFormatException">The text is no budget.</exception>
    public static BudgetFile Parse(string path, string text)
    {
        var file = new BudgetFile();
        JsonValue root = JsonText.Parse(text);
        if (root.Kind != JsonKind.Object)
            throw new BudgetFormatException(root.Position, "a budget is an object: { \"budgets\": [ … ] }");
        bool found = false;
        foreach (JsonMember member in root.Members)
        {
            switch (member.Name)
            {
                case "$schema": break;
                case "baseline": file.Baseline = Text(member); break;
                case "budgets":
                    found = true;
                    if (member.Value.Kind != JsonKind.Array)
                        throw new BudgetFormatException(member.Value.Position, "\"budgets\" is a list: [ { \"target\": \"image\", \"limit\": \"1 MB\" } ]");
                    foreach (JsonValue item in member.Value.Items)
                        file.Budgets.Add(ParseBudget(path, item));
                    break;
                default: throw Unknown(member, "baseline, budgets");
            }
        }

        if (!found)
            throw new BudgetFormatException(root.Position, "there is no list \"budgets\"");
        return file;
    }

    private static Budget ParseBudget(string path, JsonValue value)
    {
        if (value.Kind != JsonKind.Object)
            throw new BudgetFormatException(value.Position, "a limit is an object: { \"target\": \"image\", \"limit\": \"1 MB\" }");
        Budget? budget = null;
        foreach (JsonMember member in value.Members)
        {
            if (member.Name == "target")
                budget = new Budget(Target(Text(member), member.Value.Position), path, value.Position);
        }

        if (budget is null)
            throw new BudgetFormatException(value.Position, "\"target\" is missing: " + Targets);
        foreach (JsonMember member in value.Members)
        {
            if (member.Name != "target")
                Set(budget, member.Name, Text(member), member.Position, member.Value.Position);
        }

        Complete(budget, value.Position);
        return budget;
    }

    /// <summary>A limit that is written as an MSBuild item: `image`, `assembly:System.Text.Json`.</summary>
    public static Budget FromItem(string include, IEnumerable<KeyValuePair<string, string>> metadata, string path, TextPosition position)
    {
        int colon = include.IndexOf(':');
        var budget = new Budget(Target(colon < 0 ? include : include.Substring(0, colon), position), path, position);
        if (colon >= 0)
            Set(budget, "name", include.Substring(colon + 1), position, position);
        foreach (KeyValuePair<string, string> datum in metadata)
        {
            if (datum.Value.Length > 0)
                Set(budget, datum.Key, datum.Value, position, position);
        }

        Complete(budget, position);
        return budget;
    }

    /// <summary>What is wrong with an item, in one sentence.</summary>
    public static string DescribeItem(string include, string problem) => "UnikernelBudget '" + include + "': " + problem;

    private static void Set(Budget budget, string name, string value, TextPosition namePosition, TextPosition position)
    {
        switch (name)
        {
            case "name": budget.Name = value; break;
            case "limit": budget.Limit = Size(value, false, position); break;
            case "warning": budget.Warning = Size(value, true, position); break;
            case "growth": budget.Growth = Size(value, true, position); break;
            case "configuration": budget.Configuration = value; break;
            case "message": budget.Message = value; break;
            default: throw new BudgetFormatException(namePosition, "\"" + name + "\" is not known here; known are: target, name, limit, warning, growth, configuration, message");
        }
    }

    private static void Complete(Budget budget, TextPosition position)
    {
        bool named = budget.Target is not (BudgetTarget.Image or BudgetTarget.Memory);
        if (named && budget.Name.Length == 0)
            throw new BudgetFormatException(position, "\"name\" is missing: which " + budget.Target.ToString().ToLowerInvariant());
        if (budget.Target == BudgetTarget.Image && budget.Name.Length > 0)
            throw new BudgetFormatException(position, "the image has no \"name\"");
        if (budget.Limit is null && budget.Warning is null && budget.Growth is null)
            throw new BudgetFormatException(position, "\"limit\", \"warning\" or \"growth\" is missing");
        if (budget.Warning is { IsShare: true } && budget.Limit is null)
            throw new BudgetFormatException(position, "\"warning\" is a share of the limit, and there is no \"limit\"");
        if (budget.Limit is { } limit && budget.Warning is { } warning && warning.Bytes(limit.Bytes(0)) > limit.Bytes(0))
            throw new BudgetFormatException(position, "\"warning\" lies above \"limit\": it would never be heard");
        if (budget.Growth is not null && budget.Target is (BudgetTarget.Section or BudgetTarget.Memory))
            throw new BudgetFormatException(position, "\"growth\" is for image, assembly, namespace and native: the baseline has no sections and no memory");
    }

    private const string Targets = "image, memory, section, assembly, namespace or native";

    private static BudgetTarget Target(string name, TextPosition position)
    {
        foreach (BudgetTarget target in (BudgetTarget[])Enum.GetValues(typeof(BudgetTarget)))
        {
            if (target.ToString().ToLowerInvariant() == name)
                return target;
        }

        throw new BudgetFormatException(position, "'" + name + "' is not a target; it is " + Targets);
    }

    private static ByteSize Size(string text, bool share, TextPosition position) =>
        ByteSize.TryParse(text, share, out ByteSize size) is { } problem ? throw new BudgetFormatException(position, problem) : size;

    private static string Text(JsonMember member) => member.Value.Kind == JsonKind.String
        ? member.Value.Text
        : throw new BudgetFormatException(member.Value.Position, "\"" + member.Name + "\" is a text in quotes" + (member.Value.Kind == JsonKind.Number ? ", with its unit: " + ByteSize.Units : ""));

    private static BudgetFormatException Unknown(JsonMember member, string known) =>
        new BudgetFormatException(member.Position, "\"" + member.Name + "\" is not known here; known are: " + known);
}
