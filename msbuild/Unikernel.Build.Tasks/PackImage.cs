using Microsoft.Build.Framework;
using Unikernel.Build.Tasks.Packing;
using Unikernel.Diagnostics;

namespace Unikernel.Build.Tasks;

/// <summary>Packs a linked image into about half its bytes (<see cref="PackedImage"/>); it expands itself at start.</summary>
public sealed class PackImage : ImageTask
{
    /// <summary>
    /// A share of the image's size is given for the same share of its start. The larger a program, the longer its start is in any case: an
    /// instruction is worth so many bits divided by the length of the image.
    /// </summary>
    private const double BitsTimesBytes = 1_950_000;

    /// <summary>But no byte less is worth more than seven instructions: large programs start slowly enough by themselves.</summary>
    private const double FewestBits = 1.2;

    /// <summary>
    /// A larger image is left as it is: looking for the best sequences takes most of a second for each megabyte, and 40 times its memory. What is that
    /// large is so by its files, which are packed already more often than not.
    /// </summary>
    private const int Largest = 32 << 20;

    /// <summary>The linked image.</summary>
    [Required]
    public string Image { get; set; } = "";

    /// <summary>The loader, unpack.bin.</summary>
    [Required]
    public string Loader { get; set; } = "";

    private protected override (string File, Rule Rule) Subject => (Image, BuildRules.ImageNotPacked);

    protected override void Write()
    {
        if (new FileInfo(Image).Length > Largest)
        {
            Log.LogMessage(MessageImportance.High, $"The image is not packed: it is larger than {Largest >> 20} MiB.");
            File.Copy(Image, OutputFile, overwrite: true);
            return;
        }

        byte[] image = File.ReadAllBytes(Image);
        File.WriteAllBytes(OutputFile, PackedImage.Pack(image, File.ReadAllBytes(Loader), Math.Max(BitsTimesBytes / image.Length, FewestBits)));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(OutputFile, File.GetUnixFileMode(Image));
    }
}
