extern alias pack;
using System.Buffers.Binary;
using pack::Unikernel.Pack;

namespace Unikernel.Build.Tests;

/// <summary>Packed images: what is packed is what is unpacked. That unpack.S reads the same format is tested in the machine (Unikernel.Core.Tests).</summary>
public class PackingTests
{
    public static TheoryData<string, byte[]> Inputs()
    {
        var random = new Random(20);
        byte[] noise = new byte[70_000];
        random.NextBytes(noise);
        byte[] far = [.. noise, .. noise]; // every match is farther than 16 bits reach
        byte[] few = new byte[40_000];
        for (int i = 0; i < few.Length; i++)
            few[i] = (byte)random.Next(3);
        return new()
        {
            { "nothing", [] },
            { "one byte", [7] },
            { "six", [1, 2, 3, 4, 5, 6] },
            { "254", noise[..254] },
            { "255: L goes on", noise[..255] },
            { "another distance than 1 at first", [1, 1, 1, 1, 2, 3, 2, 3, 2, 3] },
            { "zeros", new byte[10_000] },
            { "noise", noise },
            { "noise twice", far },
            { "three letters", few },
            { "pattern of 3", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 3))] },
            { "pattern of 15", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 15))] },
            { "pattern of 17", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 17))] },
            { "words", [.. Enumerable.Range(0, 20_000).SelectMany(i => BitConverter.GetBytes(i * 12))] },
            { "an assembly", File.ReadAllBytes(typeof(PackingTests).Assembly.Location) },
        };
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void ExpandsToWhatItWas(string what, byte[] bytes)
    {
        foreach (double price in new[] { 0, 0.3, 3, 1000 })
        {
            byte[] stream = StreamEncoder.Encode(bytes, price);
            Assert.True(bytes.AsSpan().SequenceEqual(PackedStream.Expand(stream, bytes.Length)), what);
            Assert.True(stream.Length <= (bytes.Length * 1.01) + 16, $"{what}: {stream.Length}");
            Assert.Equal(stream.Length, TableLength(stream) + PackedStream.Read(stream, bytes.Length).Sum(s => s.Encoded));
        }
    }

    /// <remarks>The loader copies 16 bytes at once: a short sequence that overlapped itself would be read before it is written.</remarks>
    [Theory]
    [MemberData(nameof(Inputs))]
    public void ShortSequencesDoNotOverlapThemselves(string what, byte[] bytes)
    {
        byte[] stream = StreamEncoder.Encode(bytes, 0.3);
        Assert.All(PackedStream.Read(stream, bytes.Length), s => Assert.True(!s.IsShort || s.Distance >= s.Match, what));
    }

    private static int TableLength(byte[] stream) => 1 + (2 * stream[0]);

    [Fact]
    public void DearInstructionsMakeFewerSequences()
    {
        byte[] bytes = File.ReadAllBytes(typeof(PackingTests).Assembly.Location);
        byte[] small = StreamEncoder.Encode(bytes, 0), fast = StreamEncoder.Encode(bytes, 3);
        Assert.True(small.Length < fast.Length);
        Assert.True(PackedStream.Read(small, bytes.Length).Count > PackedStream.Read(fast, bytes.Length).Count);
    }

    [Fact]
    public void DamageIsSeenOrHarmless()
    {
        byte[] bytes = File.ReadAllBytes(typeof(PackingTests).Assembly.Location)[..20_000];
        byte[] stream = StreamEncoder.Encode(bytes, 1);
        var random = new Random(4);
        int seen = 0;
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = stream[..random.Next(stream.Length / 2, stream.Length)];
            for (int flips = random.Next(3); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.Equal(bytes.Length, PackedStream.Expand(damaged, bytes.Length).Length);
            }
            catch (InvalidDataException)
            {
                seen++;
            }
        }

        Assert.True(seen > 400, $"{seen}");
    }

    [Fact]
    public void AnImageAndItsHeaders()
    {
        byte[] loader = [.. "UKPACK2\0"u8, .. new byte[24], 0x90, 0x90, 0x90, 0x90];
        byte[] image = Elf(0x200000, 0x3000);
        byte[] packed = PackedImage.Pack(image, loader, 1);
        var opened = PackedImage.Open(packed);
        Assert.NotNull(opened);
        Assert.Equal(image, opened.Unpack());
        Assert.True(packed.Length < image.Length);
        Assert.Null(PackedImage.Open(image));
        // The packed bytes lie behind all memory of the image, and the loader's entry is the one of headers and note.
        Assert.Equal(0x205000u, BinaryPrimitives.ReadUInt32LittleEndian(packed.AsSpan(PackedImage.HeaderLength + 8)));
        Assert.Equal(0x100000ul + (ulong)PackedImage.HeaderLength + 32, BinaryPrimitives.ReadUInt64LittleEndian(packed.AsSpan(24)));
    }

    [Fact]
    public void ALargeImageIsNotPacked()
    {
        using var project = new TestProject();
        project.WriteProject("App", "System.Console.WriteLine(new System.IO.FileInfo(System.AppContext.BaseDirectory + \"data.bin\").Length);",
            items: """<Content Include="data.bin" CopyToPublishDirectory="PreserveNewest" />""");
        using (FileStream data = File.Create(project["data.bin"]))
            data.SetLength(33 << 20);
        Outcome outcome = project.Publish();
        outcome.Succeeded();
        Assert.Contains("The image is not packed: it is larger than 32 MiB.", outcome.Output, StringComparison.Ordinal);
        Assert.Null(PackedImage.Open(File.ReadAllBytes(project.Published("App.elf"))));
        Assert.Equal($"{33 << 20}\n", Machine.Boot(project.Published("App.elf"), "--machine", "microvm").Output);
    }

    [Fact]
    public void AnImageOverTheLoader() // UKN5017
    {
        using var project = new TestProject();
        project.WriteProject("App", "System.Console.WriteLine();");
        File.WriteAllBytes(project["low.elf"], Elf(0x100000, 0x3000));
        File.WriteAllText(project["Directory.Build.targets"], """
            <Project>
              <Target Name="PackLow"><Exec Command="&quot;$(_UnikernelPackTool)&quot; low.elf &quot;$(_UnikernelUnpackLoader)&quot; packed.elf &quot;$(MSBuildProjectFullPath)&quot;" /></Target>
            </Project>
            """);
        Outcome outcome = project.Dotnet("msbuild", "-restore", "-t:PackLow", $"-p:RuntimeIdentifier={TestProject.Rid}", "-nologo", "-v:m", "-tl:off");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("error UKN5017: The image low.elf can not be packed: its segments lie at 0x100000 to 0x105000, and the loader lies at 0x100140.", outcome.Output, StringComparison.Ordinal);
    }

    // One segment with the headers in it, and 8 KB of zeros behind.
    private static byte[] Elf(ulong address, int length)
    {
        byte[] elf = new byte[length];
        "\u007FELF\u0002\u0001\u0001"u8.CopyTo(elf);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(24), address + 0x1000);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(56), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(64), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(80), address);
        BinaryPrimitives.WriteInt64LittleEndian(elf.AsSpan(96), length);
        BinaryPrimitives.WriteInt64LittleEndian(elf.AsSpan(104), length + 0x2000);
        for (int i = 0x200; i < length; i++)
            elf[i] = (byte)(i * i >> 7);
        return elf;
    }
}
