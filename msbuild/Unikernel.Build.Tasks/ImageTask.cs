using Microsoft.Build.Framework;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>A task that makes one file from what the compiler or the linker wrote, and says what is wrong with that in one error.</summary>
public abstract class ImageTask : Task
{
    /// <summary>The file to write.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The project, named by errors.</summary>
    [Required]
    public string Project { get; set; } = "";

    /// <summary>The file that an error is about, and the rule of which it is one.</summary>
    private protected abstract (string File, Rule Rule) Subject { get; }

    /// <summary>Writes the file. What it throws about the contents of its input is the error.</summary>
    protected abstract void Write();

    public sealed override bool Execute()
    {
        try
        {
            Write();
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            (string file, Rule rule) = Subject;
            Log.LogError(null, rule.Id, null, rule.HelpLink, Project, 0, 0, 0, 0, rule.Format(file, e.Message));
            return false;
        }
    }
}
