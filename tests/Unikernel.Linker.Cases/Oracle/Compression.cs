using System.IO.Compression; using System.Security.Cryptography;
using var m = new MemoryStream(); using (var z = new ZipArchive(m, ZipArchiveMode.Create, true)) using (Stream s = z.CreateEntry("e").Open()) s.Write("data"u8);
using var g = new BrotliStream(new MemoryStream(), CompressionLevel.Fastest); g.WriteByte(1); using var d = new DeflateStream(new MemoryStream(), CompressionMode.Compress); d.WriteByte(2);
Console.WriteLine(m.Length + Convert.ToHexString(SHA256.HashData("a"u8)) + (RandomNumberGenerator.GetInt32(5) < 5) + Convert.ToHexString(HMACSHA1.HashData("k"u8, "d"u8)));
