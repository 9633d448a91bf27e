using Unikernel.Diagnostics;

namespace Unikernel.Pack;

/// <summary>The command: packs a linked image into about half its bytes (<see cref="PackedImage"/>). 0 done, 1 the image can not be packed, 2 wrong usage.</summary>
public static class Program
{
    private const string Usage = """
        Unikernel.Pack IMAGE LOADER OUTPUT PROJECT

          IMAGE    the linked ELF file
          LOADER   what expands it at start: native/unpack.bin of the SDK
          OUTPUT   the packed image
          PROJECT  the file that errors name
        """;

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

    public static int Main(string[] args)
    {
        if (args is not [string image, string loader, string output, string project])
        {
            Console.WriteLine(Usage);
            return args is ["--help"] or ["-h"] ? 0 : 2;
        }

        try
        {
            Pack(image, loader, output);
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            Rule rule = BuildRules.ImageNotPacked;
            Console.Error.WriteLine($"{project}: error {rule.Id}: {rule.Format(image, e.Message)} [{rule.HelpLink}]");
            return 1;
        }
    }

    private static void Pack(string image, string loader, string output)
    {
        if (new FileInfo(image).Length > Largest)
        {
            Console.WriteLine($"The image is not packed: it is larger than {Largest >> 20} MiB.");
            File.Copy(image, output, overwrite: true);
            return;
        }

        byte[] bytes = File.ReadAllBytes(image);
        File.WriteAllBytes(output, PackedImage.Pack(bytes, File.ReadAllBytes(loader), Math.Max(BitsTimesBytes / bytes.Length, FewestBits)));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(output, File.GetUnixFileMode(image));
    }
}
