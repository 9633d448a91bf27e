using Unikernel.Size.Attribution;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;
using Unikernel.Size.Output;

namespace Unikernel.Size.Tests;

/// <summary>Each byte has exactly one owner, whatever the inputs lack.</summary>
public class AttributionTests
{
    [Fact]
    public void TheSumIsTheFile()
    {
        SizeReport report = TinyImage.Usual().Report();
        Assert.Equal(TinyImage.Usual().Bytes.Length, report.Bytes);
        Assert.Equal(report.Bytes, report.Tree.Bytes);
        Assert.Equal(report.Bytes, Views.ByCategory(report).Sum(r => r.Bytes));
        Assert.Equal(report.Bytes, Views.BySection(report).Sum(r => r.Bytes));
        Assert.Equal(report.Bytes, Views.By(report, View.Member).Sum(r => r.Bytes));
        Assert.Equal(64 + 56, report.Tree.Sum(c => c.Category)[Category.Headers]);
        Assert.Equal(3000, report.Tree.Find(Groups.Native, "libRuntime.WorkstationGC.a", "gcwks.cpp.o", "WKS::gc_heap::mark_phase")?.Bytes);
        Assert.Equal(64, report.Tree.Find(Groups.Native, "core.a", "memory.c.o", "memcpy")?.Bytes);
    }

    [Fact]
    public void ZerosBetweenSectionsArePaddingAndOthersUnattributed()
    {
        SizeReport report = new TinyImage().Section(".text", ("a.o", "f", [1, 2])).Gap(0, 0, 0).Section(".data", ("a.o", "v", [3])).Gap(5, 6).Report();
        Assert.Equal(3, report.Tree.Find(Groups.Image, "padding")?.Bytes);
        Assert.Equal(2, report.Tree.Find(Groups.Image, "unattributed")?.Bytes);
    }

    [Fact]
    public void AMapThatKnowsNothingLeavesTheRestUnattributed()
    {
        TinyImage image = TinyImage.Usual();
        LinkMap map = LinkMap.Parse("other.map", new StringReader(new TinyImage().Section(".text", ("a.o", "f", [1])).Map));
        SizeReport report = ImageAttribution.Attribute("App.elf", ElfFile.Parse("App.elf", image.Bytes), map, null);
        Assert.Equal(image.Bytes.Length, report.Tree.Bytes);
    }

    /// <summary>What a start-up command writes is whose the command is.</summary>
    [Fact]
    public void DehydratedDataBelongToWhatTheyWrite()
    {
        const ulong Hydrated = 0x300000;
        var image = new TinyImage();
        int back = (int)(Hydrated - image.Here);
        byte[] stream = [.. BitConverter.GetBytes(back), (4 << 3) | 0, 1, 2, 3, 4, (4 << 3) | 1, 9, 9, 9, 9];
        image.Section(".rodata", ("App.o", "__dehydrated_data", stream)).Section("__managedcode", ("App.o", "Main", [1]))
            .Zero(".hydrated", Hydrated, (0, 4, "__Str_hello"), (4, 4, "vtable for App_Program"));
        SizeReport report = image.Report();
        Assert.Equal(5, report.Tree.Find(Groups.Managed, "(string literals)", "hello")?.Bytes);
        Assert.Equal(Category.Types, Assert.Single(report.Tree.Descendants(), n => n.Name == "vtable for App_Program").Own.Keys.Single().Category);
        Assert.Equal(report.Bytes, report.Tree.Bytes);
    }

    [Theory]
    [InlineData("_ZN3WKS7gc_heap10mark_phaseEi", "WKS::gc_heap::mark_phase")]
    [InlineData("_ZN6ThreadC2Ev", "Thread::Thread")]
    [InlineData("_Z7helloedi", "helloed")]
    [InlineData("_ZL5localv", "local")]
    [InlineData("memcpy", "memcpy")]
    [InlineData("_ZN99xE", "_ZN99xE")]
    public void NativeNamesAreReadable(string symbol, string name) => Assert.Equal(name, NativeNames.Readable(symbol));

    [Fact]
    public void AReportIsReadBackAsItWas()
    {
        SizeReport report = TinyImage.Usual().Report();
        report.Configuration = "Release";
        report.Notes.Add("a note");
        string file = Path.GetTempFileName();
        using (FileStream stream = File.Create(file))
            JsonReport.Write(stream, report);
        SizeReport read = JsonReport.Read(file);
        Assert.Equal((report.Name, report.Bytes, "Release"), (read.Name, read.Bytes, read.Configuration));
        Assert.Equal(Views.By(report, View.Member), Views.By(read, View.Member));
        Assert.Equal(Views.BySection(report), Views.BySection(read));
        Assert.Equal(report.Sections, read.Sections);
        Assert.Equal(report.Memory, read.Memory);
        Assert.Equal(report.Notes, read.Notes);

        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"bytes\":{report.Bytes},\"configuration\"", $"\"bytes\":{report.Bytes + 1},\"configuration\"", StringComparison.Ordinal));
        Assert.Contains("adds up to", Assert.Throws<InputException>(() => JsonReport.Read(file)).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "{}");
        Assert.Throws<InputException>(() => JsonReport.Read(file));
        File.Delete(file);
    }

    [Fact]
    public void ADifferenceTellsWhatGrewAndWhatWent()
    {
        SizeReport old = TinyImage.Of(("managed|App|App|Program|Main()", 100), ("native|core.a|memory.c.o|memcpy", 60));
        SizeReport now = TinyImage.Of(("managed|App|App|Program|Main()", 150), ("managed|App|App|Table|.cctor()", 20_000));
        var output = new StringWriter();
        TextTable.WriteDiff(old, now, View.Member, 10, output);
        string text = output.ToString();
        Assert.Contains("+19,990 B", text, StringComparison.Ordinal);
        Assert.Contains("+20,000 B        20,000 B  App!App.Table..cctor() (new)", text, StringComparison.Ordinal);
        Assert.Contains("-60 B             0 B  core.a(memory.c.o) memcpy (gone)", text, StringComparison.Ordinal);
    }
}
