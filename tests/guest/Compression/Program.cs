// Compression with the stock static libraries (zlib-ng and brotli): formats, levels, damaged input. Compressed bytes are
// printed as a digest of what comes back, and as a digest of the bytes themselves where both systems run the same code.

using System.IO.Compression;
using System.Text;
using Unikernel.Guest;

byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 4000).Select(i => $"line {i}: the quick brown fox {i * 7919 % 1013}")));
byte[] noise = new byte[50_000];
new Random(7).NextBytes(noise);
byte[] zeros = new byte[200_000];
(string Name, byte[] Data)[] inputs = [("text", text), ("noise", noise), ("zeros", zeros), ("empty", []), ("one byte", [42])];

return Suite.Run(args, ("streams", Streams), ("levels", Levels), ("damaged", Damaged), ("archive", Archives), ("checksums", Checksums));

void Streams()
{
    foreach ((string name, byte[] data) in inputs)
    {
        Suite.Case($"deflate {name}", () => RoundTrip(data, s => new DeflateStream(s, CompressionLevel.Optimal, true), s => new DeflateStream(s, CompressionMode.Decompress)));
        Suite.Case($"gzip {name}", () => RoundTrip(data, s => new GZipStream(s, CompressionLevel.Optimal, true), s => new GZipStream(s, CompressionMode.Decompress)));
        Suite.Case($"zlib {name}", () => RoundTrip(data, s => new ZLibStream(s, CompressionLevel.Optimal, true), s => new ZLibStream(s, CompressionMode.Decompress)));
        Suite.Case($"brotli {name}", () => RoundTrip(data, s => new BrotliStream(s, CompressionLevel.Optimal, true), s => new BrotliStream(s, CompressionMode.Decompress)));
    }

    Suite.Case("byte by byte", () =>
    {
        MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress, true))
        {
            foreach (byte b in text.AsSpan(0, 3000))
            {
                gzip.WriteByte(b);
            }
        }

        packed.Position = 0;
        using GZipStream back = new(packed, CompressionMode.Decompress);
        List<byte> all = [];
        for (int b = back.ReadByte(); b >= 0; b = back.ReadByte())
        {
            all.Add((byte)b);
        }

        return all.ToArray().AsSpan().SequenceEqual(text.AsSpan(0, 3000));
    });
    Suite.Case("two gzip members", () =>
    {
        byte[] member = Compress([1, 2, 3], s => new GZipStream(s, CompressionMode.Compress, true));
        MemoryStream result = new();
        new GZipStream(new MemoryStream([.. member, .. member]), CompressionMode.Decompress).CopyTo(result);
        return result.ToArray();
    });
    Suite.Case("flush in between", () =>
    {
        MemoryStream packed = new();
        using DeflateStream deflate = new(packed, CompressionMode.Compress, true);
        deflate.Write(text, 0, 1000);
        deflate.Flush();
        using DeflateStream partial = new(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        byte[] back = new byte[1000];
        partial.ReadExactly(back);
        return back.AsSpan().SequenceEqual(text.AsSpan(0, 1000));
    });
    Suite.Case("asynchronous", () => Asynchronous().Result);
    Suite.Case("known gzip", () => Encoding.ASCII.GetString(Decompress(Convert.FromHexString("1f8b08000000000002fff348cdc9c9d75128cf2fca49e10200a63f5a470d000000"), s => new GZipStream(s, CompressionMode.Decompress))));
    Suite.Case("in 4 threads", () =>
    {
        bool[] good = new bool[4];
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(n => new Thread(() =>
            good[n] = Decompress(Compress(text, s => new BrotliStream(s, CompressionLevel.Fastest, true)), s => new BrotliStream(s, CompressionMode.Decompress)).AsSpan().SequenceEqual(text)))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return good;
    });
}

void Levels()
{
    foreach (CompressionLevel level in Enum.GetValues<CompressionLevel>())
    {
        Suite.Case($"deflate {level}", () => RoundTrip(text, s => new DeflateStream(s, level, true), s => new DeflateStream(s, CompressionMode.Decompress)));
        Suite.Case($"brotli {level}", () => RoundTrip(text, s => new BrotliStream(s, level, true), s => new BrotliStream(s, CompressionMode.Decompress)));
    }

    Suite.Each("zlib options", [0, 1, 6, 9], n => RoundTrip(text, s => new ZLibStream(s, new ZLibCompressionOptions { CompressionLevel = n }, true), s => new ZLibStream(s, CompressionMode.Decompress)));
    Suite.Each("brotli quality", [0, 1, 5, 9], n =>
    {
        byte[] target = new byte[BrotliEncoder.GetMaxCompressedLength(text.Length)];
        bool packed = BrotliEncoder.TryCompress(text, target, out int written, n, 22);
        byte[] back = new byte[text.Length];
        bool unpacked = BrotliDecoder.TryDecompress(target.AsSpan(0, written), back, out int length);
        return $"{packed} {written} {unpacked} {length} {back.AsSpan().SequenceEqual(text)}";
    });
    Suite.Case("brotli into too small a target", () => BrotliEncoder.TryCompress(noise, new byte[100], out _));
    Suite.Throws("brotli bad quality", () => _ = new BrotliEncoder(12, 22));
}

void Damaged()
{
    byte[] gzip = Compress(text, s => new GZipStream(s, CompressionMode.Compress, true));
    byte[] brotli = Compress(text, s => new BrotliStream(s, CompressionLevel.Fastest, true));
    Suite.Each("gzip bad byte", [0, 1, 20, gzip.Length - 6], i => Length(Flip(gzip, i), s => new GZipStream(s, CompressionMode.Decompress)));
    Suite.Each("gzip truncated to", [1, 5, gzip.Length / 2, gzip.Length - 1], n => Length(gzip[..n], s => new GZipStream(s, CompressionMode.Decompress)));
    Suite.Each("brotli bad byte", [0, 10], i => Length(Flip(brotli, i), s => new BrotliStream(s, CompressionMode.Decompress)));
    Suite.Each("brotli truncated to", [1, 100], n => Length(brotli[..n], s => new BrotliStream(s, CompressionMode.Decompress)));
    Suite.Throws("zlib header missing", () => Decompress(text, s => new ZLibStream(s, CompressionMode.Decompress)));
    Suite.Throws("deflate of noise", () => Decompress([0xff, 0xff, 0xff], s => new DeflateStream(s, CompressionMode.Decompress)));
    Suite.Throws("read from a writer", () => new GZipStream(new MemoryStream(), CompressionMode.Compress).ReadByte());
    Suite.Throws("after dispose", () =>
    {
        DeflateStream stream = new(new MemoryStream(), CompressionMode.Compress);
        stream.Dispose();
        stream.WriteByte(1);
    });
}

void Archives()
{
    byte[] zip = MakeZip();
    Suite.Case("entries", () => new ZipArchive(new MemoryStream(zip)).Entries.Select(e => $"{e.FullName}:{e.Length}:{e.Crc32:x8}"));
    Suite.Case("content", () => new StreamReader(new ZipArchive(new MemoryStream(zip)).GetEntry("dir/žluť.txt")!.Open()).ReadToEnd());
    Suite.Case("update", () =>
    {
        MemoryStream stream = new();
        stream.Write(zip);
        using (ZipArchive archive = new(stream, ZipArchiveMode.Update, true))
        {
            archive.GetEntry("a.txt")!.Delete();
            using StreamWriter writer = new(archive.CreateEntry("new").Open());
            writer.Write("fresh");
        }

        return new ZipArchive(stream).Entries.Select(e => e.FullName);
    });
    Suite.Throws("not an archive", () => _ = new ZipArchive(new MemoryStream(text)).Entries);
    Suite.Throws("truncated archive", () => _ = new ZipArchive(new MemoryStream(zip[..^10])).Entries);
}

void Checksums()
{
    // The gzip trailer is CRC-32 and length; zlib's is Adler-32.
    Suite.Case("gzip trailer", () => Convert.ToHexString(Compress(text, s => new GZipStream(s, CompressionMode.Compress, true))[^8..]));
    Suite.Case("zlib trailer", () => Convert.ToHexString(Compress(text, s => new ZLibStream(s, CompressionMode.Compress, true))[^4..]));
}

async Task<bool> Asynchronous()
{
    MemoryStream packed = new();
    await using (BrotliStream brotli = new(packed, CompressionLevel.Fastest, true))
    {
        for (int i = 0; i < text.Length; i += 1000)
        {
            await brotli.WriteAsync(text.AsMemory(i, Math.Min(1000, text.Length - i)));
        }
    }

    packed.Position = 0;
    MemoryStream back = new();
    await new BrotliStream(packed, CompressionMode.Decompress).CopyToAsync(back);
    return back.ToArray().AsSpan().SequenceEqual(text);
}

static byte[] Compress(byte[] data, Func<Stream, Stream> wrap)
{
    MemoryStream target = new();
    using (Stream stream = wrap(target))
    {
        stream.Write(data);
    }

    return target.ToArray();
}

static byte[] Decompress(byte[] data, Func<Stream, Stream> wrap)
{
    MemoryStream target = new();
    using Stream stream = wrap(new MemoryStream(data));
    stream.CopyTo(target);
    return target.ToArray();
}

static string RoundTrip(byte[] data, Func<Stream, Stream> compress, Func<Stream, Stream> decompress)
{
    byte[] packed = Compress(data, compress);
    byte[] back = Decompress(packed, decompress);
    return $"{back.AsSpan().SequenceEqual(data)}, not larger than {data.Length + data.Length / 100 + 64}: {packed.Length <= data.Length + data.Length / 100 + 64}";
}

static int Length(byte[] data, Func<Stream, Stream> wrap) => Decompress(data, wrap).Length;

static byte[] Flip(byte[] data, int index)
{
    byte[] copy = [.. data];
    copy[index] ^= 0x55;
    return copy;
}

byte[] MakeZip()
{
    MemoryStream stream = new();
    using (ZipArchive archive = new(stream, ZipArchiveMode.Create, true))
    {
        foreach ((string name, string content) in new[] { ("a.txt", "alpha"), ("dir/žluť.txt", "obsah"), ("empty", "") })
        {
            using StreamWriter writer = new(archive.CreateEntry(name, CompressionLevel.SmallestSize).Open());
            writer.Write(content);
        }
    }

    return stream.ToArray();
}
