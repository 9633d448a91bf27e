using Unikernel.Diagnostics;
using Unikernel.Object.Surface;
using Unikernel.Object.Unwinding;

namespace Unikernel.Object;

/// <summary>The command: what a publish takes from the compiler's object file. 0 done, 1 the file can not be used, 2 wrong usage.</summary>
public static class Program
{
    private const string Usage = """
        Unikernel.Object OBJECT PROJECT UNWIND-TABLE [REACHABLE SURFACE-MAP]

          OBJECT        the compiler's object file
          PROJECT       the file that errors name
          UNWIND-TABLE  written: how frames of managed code are unwound, which the image carries
          REACHABLE     the linker's list os-surface-reachable.tsv
          SURFACE-MAP   written: of that list what the object file has, os-surface-map.json
        """;

    public static int Main(string[] args)
    {
        if (args is not [string file, string project, string table, .. string[] surface] || surface.Length is not (0 or 2))
        {
            Console.WriteLine(Usage);
            return args is ["--help"] or ["-h"] ? 0 : 2;
        }

        try
        {
            var elf = new ElfObject(File.ReadAllBytes(file));
            File.WriteAllBytes(table, UnwindTable.Write(CallFrames.Read(elf), elf.Content(elf.Find(CallFrames.CodeSection))));
            if (surface is [string reachable, string map])
                File.WriteAllBytes(map, SurfaceMap.Write(elf, File.ReadLines(reachable)));
            return 0;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            Rule rule = BuildRules.UnwindInformationUnknown;
            Console.Error.WriteLine($"{project}: error {rule.Id}: {rule.Format(file, e.Message)} [{rule.HelpLink}]");
            return 1;
        }
    }
}
