extern alias objectFile;
using objectFile::Unikernel.Object;
using objectFile::Unikernel.Object.Unwinding;

namespace Unikernel.Build.Tests;

/// <summary>From the compiler's .eh_frame to the table that runtime-shim/core/libc/managed_unwind.c reads.</summary>
public class UnwindTableTests
{
    private static readonly string s_source = Path.Combine(AppContext.BaseDirectory, "Assets", "frames.S");

    [Fact]
    public void ThreeFunctionsAndTheirPrograms()
    {
        byte[] leaf = [0], push = [5, 0x41, 0x0E, 16, 0x86, 2], frame = [17, 0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6, 0x41, 0x83, 3, 0x44, 0x0A, 0xC3, 0x0C, 7, 8];
        byte[] expected =
        [
            1, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 38, 0, 0, 0, // one block, starts are multiples of 8, records, programs
            8, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, // the first function
            1, // its program
            2, 39, 2, // 16 later, LSDA 20 before
            3, 8, 8, // 24 later, LSDA 4 behind
            3, 0, 0, // the end
            0, .. leaf, .. push, .. frame,
        ];
        Assert.Equal(expected, Table(Assemble(File.ReadAllText(s_source))));
    }

    [Theory]
    [InlineData((byte)0x90, false)] // padding is part of the function before
    [InlineData((byte)0xCC, false)]
    [InlineData((byte)0xE9, true)] // a stub of the compiler's, which has no call frames
    public void CodeBetweenFunctionsIsNotOfTheFunctionBefore(byte filling, bool hasRecord)
    {
        byte[] code = new byte[64];
        code.AsSpan(20, 28).Fill(filling);
        byte[] table = UnwindTable.Write([new(0, 20, 0, [0x41, 0x0E, 16]), new(48, 16, 0, [0x41, 0x0E, 16])], code);
        byte[] gap = hasRecord ? [2, 0, 0, 1, 0, 1] : [3, 0, 1];
        byte[] expected =
        [
            1, 0, 0, 0, 4, 0, 0, 0, 28, 0, 0, 0, (byte)(28 + 1 + gap.Length + 3), 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            1, .. gap, 1, 0, 0,
            0, 3, 0x41, 0x0E, 16,
        ];
        Assert.Equal(expected, table);
    }

    [Fact]
    public void EveryFunctionIsInABlockOfSixteen()
    {
        ManagedFunction[] functions = [.. Enumerable.Range(0, 100).Select(i => new ManagedFunction(i * 4000, 4000, i * 300, [0x41, 0x0E, 16]))];
        byte[] table = UnwindTable.Write(functions, new byte[400_000]);
        Assert.Equal(7, BitConverter.ToInt32(table)); // blocks
        for (int block = 0; block < 7; block++)
        {
            Assert.Equal(block * 16 * 4000, BitConverter.ToInt32(table, 16 + block * 12));
            Assert.Equal(block * 16 * 300, BitConverter.ToInt32(table, 16 + block * 12 + 4));
        }
    }

    [Theory]
    [InlineData("0x0f, 1, 0", "call frame instruction 0f")] // DW_CFA_def_cfa_expression
    [InlineData("0x90, 1", "call frame instruction 90")] // the return address somewhere else
    [InlineData("0x0b", "call frame instruction 0b")] // restores what was never remembered
    [InlineData("0x0d, 17", "register 17")]
    public void WhatTheCoreDoesNotUnderstandIsRefused(string program, string expected)
    {
        string source = File.ReadAllText(s_source).Replace("0, 0, 0\n", program + "\n", StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => Table(Assemble(source)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnObjectFileThatIsNone() // UKN5016
    {
        using var project = new TestProject();
        project.WriteProject("App", "System.Console.WriteLine();");
        File.WriteAllText(project["App.o"], "not an object file");
        Outcome outcome = project.Dotnet("msbuild", "-restore", "-t:_UnikernelCompileUnwindTable", $"-p:RuntimeIdentifier={TestProject.Rid}", "-p:NativeIntermediateOutputPath=obj/", "-p:NativeObject=App.o", "-nologo", "-v:m", "-tl:off");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("error UKN5016: The object file App.o can not be used: it is not a relocatable ELF file for x86-64.", outcome.Output, StringComparison.Ordinal);
    }

    private static byte[] Table(byte[] objectFile) => Table(new ElfObject(objectFile));

    private static byte[] Table(ElfObject elf) => UnwindTable.Write(CallFrames.Read(elf), elf.Content(elf.Find(CallFrames.CodeSection)));

    private static byte[] Assemble(string source)
    {
        string folder = Directory.CreateTempSubdirectory("unwind").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "frames.S"), source);
            using var clang = System.Diagnostics.Process.Start("clang-14", ["-c", Path.Combine(folder, "frames.S"), "-o", Path.Combine(folder, "frames.o")]);
            clang.WaitForExit();
            Assert.Equal(0, clang.ExitCode);
            return File.ReadAllBytes(Path.Combine(folder, "frames.o"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
