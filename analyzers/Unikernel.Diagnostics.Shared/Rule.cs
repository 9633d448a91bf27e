namespace Unikernel.Diagnostics;

/// <summary>How strongly a rule speaks; the severity is a promise about false positives.</summary>
public enum RuleLevel
{
    /// <summary>The image can not be linked or can not boot.</summary>
    Error,

    /// <summary>No known false positives; the program fails at run time where it reaches this.</summary>
    Warning,

    /// <summary>Works, but differently or at a cost that the page of the rule states.</summary>
    Suggestion,

    /// <summary>Off unless a project turns it on.</summary>
    Disabled,
}

/// <summary>One diagnostic of the toolchain: the same id, title and text in IDE, linker, publish, SARIF and on its help page.</summary>
/// <param name="id"><c>UKN</c> and four digits; never reused.</param>
/// <param name="title">What is wrong, without arguments and without a full stop.</param>
/// <param name="message">What happened, why on a unikernel, what to do; <c>{0}</c>… are <see cref="string.Format(string, object[])"/> arguments.</param>
/// <param name="level">How strongly it speaks.</param>
public sealed class Rule(string id, string title, string message, RuleLevel level)
{
    /// <summary>Where the help pages are published; a page is <c>docs/rules/{id}.md</c> in the repository.</summary>
    public const string HelpBase = "https://github.com/dotnet-unikernel/toolchain/blob/main/docs/rules/";

    public string Id { get; } = id;
    public string Title { get; } = title;
    public string Message { get; } = message;
    public RuleLevel Level { get; } = level;
    public string HelpLink => HelpBase + Id + ".md";

    /// <summary>The category is given by the id's range.</summary>
    public string Category
    {
        get
        {
            switch (Id[3])
            {
                case '1': return "Platform";
                case '2': return "Linking";
                case '3': return "Runtime";
                case '4': return "Size";
                case '5': return "Build";
                case '9': return "Guest";
                default: throw new System.ArgumentOutOfRangeException(nameof(Id), Id, "outside the ranges of docs/rules/README.md");
            }
        }
    }

    /// <summary>The message with its arguments in place.</summary>
    public string Format(params object[] arguments) => string.Format(System.Globalization.CultureInfo.InvariantCulture, Message, arguments);
}
