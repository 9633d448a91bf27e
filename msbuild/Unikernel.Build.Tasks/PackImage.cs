using Microsoft.Build.Framework;
using Unikernel.Build.Tasks.Packing;
using Unikernel.Diagnostics;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>Packs a linked image into a third less than its bytes or better (<see cref="PackedImage"/>); it expands itself at start.</summary>
public sealed class PackImage : Task
{
    /// <summary>
    /// A share of the image's size is given for the same share of its start. The larger a program, the longer its start is in any case: an
    /// instruction is worth so many bits divided by the length of the image.
    /// </summary>
    private const double BitsTimesBytes = 2_700_000;

    /// <summary>The linked image.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>The loader, unpack.bin.</summary>
    [Required]
    public string Loader { get; set; } = "";

    /// <summary>The packed image.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    /// <summary>The project, named by errors.</summary>
    [Required]
    public string Project { get; set; } = "";

    public override bool Execute()
    {
        try
        {
            byte[] image = File.ReadAllBytes(Image);
            File.WriteAllBytes(OutputFile, PackedImage.Pack(image, File.ReadAllBytes(Loader), BitsTimesBytes / image.Length));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(OutputFile, File.GetUnixFileMode(Image));
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException or ArgumentException)
        {
            Rule rule = BuildRules.ImageNotPacked;
            Log.LogError(null, rule.Id, null, rule.HelpLink, Project, 0, 0, 0, 0, rule.Format(Image, e.Message));
            return false;
        }
    }
}
