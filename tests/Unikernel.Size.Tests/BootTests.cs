using System.Text.Json;
using Unikernel.Size.Boot;
using Unikernel.Size.Inputs;

namespace Unikernel.Size.Tests;

/// <summary>Memory at boot: a program outside of the repository is published, booted, and stopped before Main; what is read is held against itself.</summary>
[Collection(PublishedAppGroup.Name)]
public sealed class BootTests(PublishedApp app)
{
    [Fact]
    public void ABootIsMeasuredAndItsLimitsHold()
    {
        string output = app.Publish.Failed().Output;
        Assert.Matches(@"unikernel\.budget\.json\(4,5\): error UKN4001: Memory 'stacks' has [0-9,]+ B", output);
        Assert.DoesNotContain("unikernel.budget.json(3,", output, StringComparison.Ordinal);

        string image = app.Image;
        Dictionary<string, (long Bytes, bool Measured)> memory = Memory(image);
        Assert.All(memory, m => Assert.InRange(m.Value.Bytes, m.Value.Measured || m.Key == "image-hydrated" ? 0 : 1, 128 << 20));
        Assert.Equal(0, memory["image-hydrated"].Bytes); // the image is packed, and its data lie in it as they are
        Assert.Equal(["core", "frame-table", "heap", "native-heap", "page-tables", "promised", "stacks"], memory.Where(m => m.Value.Measured).Select(m => m.Key).Order(StringComparer.Ordinal));
        Assert.True(memory["page-tables"].Bytes >= 5 * 4096, "a root, and tables for the image, the direct map and the heap");
        Assert.InRange(memory["frame-table"].Bytes, (256 << 20) / 4096, 2 * (256 << 20) / 4096); // a byte for each of the 65,536 frames of 256 MB
        Assert.True(memory["heap"].Bytes > 0 && memory["native-heap"].Bytes > 0 && memory["stacks"].Bytes >= 3 * 8192, "the collector is up, and threads have kernel stacks of 8 KB");

        // The same image in a machine of another size: only what depends on the RAM differs.
        Size("--boot", "--memory", "512M", "--json", app["again.json"], image).Succeeded();
        Dictionary<string, (long Bytes, bool Measured)> again = Memory(app["again.json"]);
        Assert.InRange(again["frame-table"].Bytes, (512 << 20) / 4096, 2 * (512 << 20) / 4096);
        Assert.Equal(memory["image-file"], again["image-file"]);
        Assert.Contains("memory at boot", Size(image).Succeeded().Output, StringComparison.Ordinal);

        // Too little to come to Main, no emulator, no symbols: said with what the machine printed last.
        Outcome starved = Size("--boot", "--memory", "3M", image);
        Assert.Contains("error UKN4020: '" + image + "' did not come to Main", starved.Failed().Output, StringComparison.Ordinal);
        Assert.Contains("UKN9005", starved.Output, StringComparison.Ordinal);
        Assert.Contains("UKN4020: 'no-such-qemu' can not be started", Size("--boot", "--qemu", "no-such-qemu", image).Failed().Output, StringComparison.Ordinal);
        Assert.Contains("--memory describes the machine of --boot", Size("--memory", "1G", image).Failed().Output, StringComparison.Ordinal);
        string bare = app["Bare.elf"];
        File.Copy(image, bare);
        File.Copy(Path.ChangeExtension(image, ".size.json"), app["Bare.size.json"]);
        Assert.Contains("Bare.elf.dbg' does not exist", Size("--boot", bare).Failed().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void SymbolsOfAnotherProgramAreRefused()
    {
        ElfFile elf = ElfFile.Parse("x.dbg", TinyImage.Usual().Bytes);
        InputException error = Assert.Throws<InputException>(() => GuestMemory.Address(elf, "x.dbg", "zones", "frames.c"));
        Assert.Contains("has no symbol 'zones' of frames.c", error.Message, StringComparison.Ordinal);
    }

    private Outcome Size(params string[] arguments) => Command.Run(app.Folder, "dotnet", ["exec", typeof(GuestMemory).Assembly.Location, .. arguments], "", []);

    private static Dictionary<string, (long Bytes, bool Measured)> Memory(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(path, null) is var stem && File.Exists(stem + ".size.json") ? stem + ".size.json" : path));
        return json.RootElement.GetProperty("memory").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => (m.GetProperty("bytes").GetInt64(), m.GetProperty("measured").GetBoolean()));
    }
}
