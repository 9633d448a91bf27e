using System.Text;
using Microsoft.Build.Framework;
using Unikernel.Diagnostics;
using Unikernel.Run;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Writes what the core finds in the image about the program: its name, and the environment variables and arguments of the project, as two
/// zero-terminated strings one after the other. The link step gives them their symbols (runtime-shim/core/boot/command_line.c).
/// </summary>
public sealed class WriteImageStrings : Task
{
    private const int LongestLine = 4095; // COMMAND_LINE_MAX of the core

    /// <summary>The file to write; left alone when it has this content already.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The program's name: its first argument by convention.</summary>
    [Required]
    public string ProgramName { get; set; } = "";

    /// <summary>Items UnikernelEnvironment: the name, and its value as metadata Value.</summary>
    public ITaskItem[] Variables { get; set; } = [];

    /// <summary>Items UnikernelArgument, in order.</summary>
    public ITaskItem[] Arguments { get; set; } = [];

    /// <summary>The project, named by errors.</summary>
    [Required]
    public string Project { get; set; } = "";

    /// <summary>Offset of the second string.</summary>
    [Output]
    public int CommandLineOffset { get; set; }

    public override bool Execute()
    {
        string line = CommandLine();
        if (Encoding.UTF8.GetByteCount(line) > LongestLine)
            Refuse("Items UnikernelEnvironment and UnikernelArgument", "together", $"need more than the {LongestLine} bytes that the machine's command line has");
        if (Log.HasLoggedErrors)
            return false;

        byte[] content = Encoding.UTF8.GetBytes($"{ProgramName}\0{line}\0");
        CommandLineOffset = Encoding.UTF8.GetByteCount(ProgramName) + 1;
        if (!File.Exists(OutputFile) || !File.ReadAllBytes(OutputFile).AsSpan().SequenceEqual(content))
            File.WriteAllBytes(OutputFile, content);
        return true;
    }

    private string CommandLine()
    {
        var words = new StringBuilder();
        foreach (ITaskItem variable in Variables)
        {
            string name = variable.ItemSpec, value = variable.GetMetadata("Value");
            if (name.AsSpan().IndexOfAny("= \t'\"\\") >= 0)
                Refuse("UnikernelEnvironment", name, "is not a name of an environment variable; the value goes into the metadata Value");
            else if (name.Contains('.'))
                Refuse("UnikernelEnvironment", name, "has a dot in its name, which makes it an option of the machine; use __ for the : of configuration keys");
            RefuseLineBreaks("UnikernelEnvironment", name, value);
            words.Append(CommandWords.Quote($"{name}={value}")).Append(' ');
        }

        if (Arguments.Length > 0)
            words.Append("--");
        foreach (ITaskItem argument in Arguments)
        {
            RefuseLineBreaks("UnikernelArgument", argument.ItemSpec, argument.ItemSpec);
            words.Append(' ').Append(CommandWords.Quote(argument.ItemSpec));
        }

        return words.ToString().Trim();
    }

    private void RefuseLineBreaks(string kind, string name, string value)
    {
        if (value.AsSpan().IndexOfAny("\n\r\0") >= 0)
            Refuse(kind, name, "has a line break, which a command line can not carry");
    }

    private void Refuse(string kind, string name, string reason)
    {
        Rule rule = BuildRules.ItemMalformed;
        Log.LogError(null, rule.Id, null, rule.HelpLink, Project, 0, 0, 0, 0, rule.Format(kind, name.ReplaceLineEndings("\\n"), reason));
    }
}
