using Microsoft.Build.Framework;
using Unikernel.Build.Tasks.Unwinding;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Writes the unwind table of the managed code (<see cref="UnwindTable"/>) from the .eh_frame of the compiler's object file. The image carries the table;
/// .eh_frame is for debuggers, in the symbol file.
/// </summary>
public sealed class WriteUnwindTable : Task
{
    /// <summary>The compiler's object file.</summary>
    [Required]
    public string ObjectFile { get; set; } = "";

    /// <summary>The table.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The project, named by errors.</summary>
    [Required]
    public string Project { get; set; } = "";

    public override bool Execute()
    {
        try
        {
            var elf = new ElfObject(File.ReadAllBytes(ObjectFile));
            File.WriteAllBytes(OutputFile, UnwindTable.Write(CallFrames.Read(elf), elf.Content(elf.Find(CallFrames.CodeSection))));
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            Rule rule = BuildRules.UnwindInformationUnknown;
            Log.LogError(null, rule.Id, null, rule.HelpLink, Project, 0, 0, 0, 0, rule.Format(ObjectFile, e.Message));
            return false;
        }
    }
}
