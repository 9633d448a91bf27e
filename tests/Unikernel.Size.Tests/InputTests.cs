using System.Buffers.Binary;
using Mono.Cecil;
using Unikernel.Size.Inputs;

namespace Unikernel.Size.Tests;

/// <summary>Readers: what they read, and that damaged input is an error that names the file (UKN4020).</summary>
public class InputTests
{
    [Theory]
    [InlineData("", "is not an ELF file")]
    [InlineData("just a text, and long enough to be a header: 64 bytes are what a header of ELF has", "is not an ELF file")]
    public void WhatIsNoElfFileIsSaid(string text, string problem)
    {
        var error = Assert.Throws<InputException>(() => ElfFile.Parse("a.elf", System.Text.Encoding.UTF8.GetBytes(text)));
        Assert.Contains("'a.elf' " + problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherMachineIsSaid()
    {
        byte[] bytes = TinyImage.Usual().Bytes;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), 183); // AArch64
        Assert.Contains("x86-64", Assert.Throws<InputException>(() => ElfFile.Parse("a.elf", bytes)).Message, StringComparison.Ordinal);
    }

    /// <summary>Cut off anywhere, a file is an error and never an exception of another kind.</summary>
    [Fact]
    public void ACutFileIsAnError()
    {
        byte[] bytes = TinyImage.Usual().Bytes;
        for (int length = 0; length < bytes.Length; length += 7)
            Assert.Throws<InputException>(() => ElfFile.Parse("a.elf", bytes[..length]));
    }

    [Fact]
    public void AMapIsReadByIndentation()
    {
        LinkMap map = LinkMap.Parse("a.map", new StringReader("""
                         VMA              LMA     Size Align Out     In      Symbol
                           0                0   200000     1 . = 0x200000
                      200078           200078       20    16 .text
                      200078           200078       10    16         /sdk/core.a(boot.S.o):(.text.boot)
                      200078           200078        8     1                 pvh_start
                      200088           200088       10    16         obj/My (App)/App.o:(.eh_frame+0x34)
                      200098           200098      f68     1 . = ALIGN ( 4096 )
                           0                0       10     1 .debug_info
                           0                0       10     1         /sdk/core.a(boot.S.o):(.debug_info)
            """));
        OutputSection text = Assert.Single(map.Sections);
        Assert.Equal((".text", 0x200078UL, 0x20UL), (text.Name, text.Address, text.Size));
        Assert.Equal([("/sdk/core.a", "boot.S.o", ".text.boot"), ("obj/My (App)/App.o", null, ".eh_frame")], text.Inputs.Select(i => (i.File, i.Member, i.Name)));
        Assert.Equal("pvh_start", Assert.Single(text.Inputs[0].Symbols).Name);
    }

    [Theory]
    [InlineData("Archive member included to satisfy reference by file (symbol)\n", "is not a map of ld.lld")]
    [InlineData("             VMA              LMA     Size Align Out     In      Symbol\nnonsense\n", "line 2")]
    [InlineData("             VMA              LMA     Size Align Out     In      Symbol\n", "no section")]
    public void WhatIsNoMapIsSaid(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<InputException>(() => LinkMap.Parse("a.map", new StringReader(text))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    public void SizeDataOfAnotherVersionAreRefused(int major, int minor)
    {
        string file = Path.GetTempFileName();
        using (AssemblyDefinition assembly = AssemblyDefinition.CreateAssembly(new AssemblyNameDefinition("App.mstat", new Version(major, minor)), "App.mstat", ModuleKind.Dll))
            assembly.Write(file);
        Assert.Contains($"has version {major}.{minor} of ILC's size data", Assert.Throws<InputException>(() => Mstat.Read(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void SizeDataWithoutListsAreRefused()
    {
        string file = Path.GetTempFileName();
        using (AssemblyDefinition assembly = AssemblyDefinition.CreateAssembly(new AssemblyNameDefinition("App.mstat", new Version(2, 2)), "App.mstat", ModuleKind.Dll))
            assembly.Write(file);
        Assert.Contains("'Methods'", Assert.Throws<InputException>(() => Mstat.Read(file)).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "no assembly at all");
        Assert.Contains("is not size data", Assert.Throws<InputException>(() => Mstat.Read(file)).Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void DehydratedDataAreDecoded()
    {
        // Copy 2, zeros 4, pointer by table, inline pointer, relative pointer by table, 40 zeros in a long form; behind them the table.
        byte[] stream = [0, 0, 0, 0, (2 << 3) | 0, 7, 8, (4 << 3) | 1, (5 << 3) | 3, (1 << 3) | 5, 1, 2, 3, 4, (1 << 3) | 2, (29 << 3) | 1, 12, 9, 9, 9, 9];
        List<DehydratedData.Command>? commands = DehydratedData.Decode(stream, 0x1000, 0x1000 + 2 + 4 + 8 + 8 + 4 + 40);
        Assert.NotNull(commands);
        Assert.Equal([(4, 3, 0x1000UL), (7, 1, 0x1002UL), (8, 1, 0x1006UL), (9, 5, 0x100EUL), (14, 1, 0x1016UL), (15, 2, 0x101AUL)], commands.Select(c => (c.Offset, c.Length, c.Target)));
        Assert.Null(DehydratedData.Decode(stream, 0x1000, 0x9000)); // ends before its place is full
        Assert.Null(DehydratedData.Decode([0, 0, 0, 0, 7], 0x1000, 0x1010)); // no such command
    }

    [Fact]
    public void UnwindRecordsNameTheirFunctions()
    {
        var section = new List<byte>();
        void Word(int value) => section.AddRange(BitConverter.GetBytes(value));
        Word(20); // a CIE
        Word(0);
        section.AddRange([1, (byte)'z', (byte)'R', 0, 1, 0x78, 16, 1, 0x1B, 0, 0, 0, 0, 0, 0, 0]);
        Word(12); // a record of the function at 0x2000
        Word(section.Count);
        Word(0x2000 - (0x1000 + section.Count));
        Word(16);
        Word(0); // the end
        List<EhFrame.Entry> entries = EhFrame.Read([.. section], 0x1000);
        Assert.Equal([(0, 24, null), (24, 16, 0x2000UL), (40, 4, (ulong?)null)], entries.Select(e => (e.Offset, e.Length, e.Function)));
    }

    [Fact]
    public void TheUnwindTableNamesItsFunctions()
    {
        // One block; three functions at 0x100, 0x140 and 0x1C0 with programs 0, 0 and 2; starts shifted by 6; two programs.
        byte[] table = [1, 0, 0, 0, 6, 0, 0, 0, 28, 0, 0, 0, 35, 0, 0, 0, 0, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 0, 2, 3, 2, 1, 0x41, 1, 0x42];
        List<UnwindTable.Entry>? entries = UnwindTable.Read(table);
        Assert.NotNull(entries);
        Assert.Equal([(0, 16, null), (16, 12, 0x100u), (28, 1, 0x100u), (29, 3, 0x140u), (32, 3, 0x1C0u), (35, 4, (uint?)null)], entries.Select(e => (e.Offset, e.Length, e.Function)));
        for (int length = 0; length < 35; length++)
            Assert.Null(UnwindTable.Read(table.AsSpan(0, length)));
    }

    [Fact]
    public void FilesOfTheImageAreTold()
    {
        static byte[] Entry(string name, string content)
        {
            string header = "070701" + string.Concat(Enumerable.Repeat("00000000", 6)) + content.Length.ToString("X8") + string.Concat(Enumerable.Repeat("00000000", 4)) + (name.Length + 1).ToString("X8") + "00000000" + name + "\0";
            return System.Text.Encoding.ASCII.GetBytes(header.PadRight((header.Length + 3) / 4 * 4, '\0') + content.PadRight((content.Length + 3) / 4 * 4, '\0'));
        }

        byte[] archive = [.. Entry("wwwroot/a.txt", "hello"), .. Entry("TRAILER!!!", "")];
        Assert.Equal(["wwwroot/a.txt", "TRAILER!!!"], CpioArchive.Read(archive).Select(e => e.Name));
        Assert.Equal(archive.Length, CpioArchive.Read(archive).Sum(e => e.Length));
        Assert.Single(CpioArchive.Read(archive.AsSpan(0, archive.Length - 4)));
    }
}
