using Microsoft.Build.Framework;
using Unikernel.Build.Tasks.Unwinding;
using Unikernel.Diagnostics;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Writes the unwind table of the managed code (<see cref="UnwindTable"/>) from the .eh_frame of the compiler's object file. The image carries the table;
/// .eh_frame is for debuggers, in the symbol file.
/// </summary>
public sealed class WriteUnwindTable : ImageTask
{
    /// <summary>The compiler's object file.</summary>
    [Required]
    public string ObjectFile { get; set; } = "";

    private protected override (string File, Rule Rule) Subject => (ObjectFile, BuildRules.UnwindInformationUnknown);

    protected override void Write()
    {
        var elf = new ElfObject(File.ReadAllBytes(ObjectFile));
        File.WriteAllBytes(OutputFile, UnwindTable.Write(CallFrames.Read(elf), elf.Content(elf.Find(CallFrames.CodeSection))));
    }
}
