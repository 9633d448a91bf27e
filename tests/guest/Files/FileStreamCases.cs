using Microsoft.Win32.SafeHandles;

namespace Unikernel.Guest;

/// <summary>FileStream and RandomAccess: modes, seeking, sharing, truncation.</summary>
internal static class FileStreamCases
{
    public static void Run()
    {
        foreach (FileMode mode in Enum.GetValues<FileMode>())
        {
            Scratch.Case($"{mode} absent", f =>
            {
                using FileStream s = new(f + "/a", mode, mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite);
                return s.Length;
            });
            Scratch.Case($"{mode} present", f =>
            {
                File.WriteAllText(f + "/a", "123");
                using FileStream s = new(f + "/a", mode, mode == FileMode.Append ? FileAccess.Write : FileAccess.ReadWrite);
                return $"{s.Length} {s.Position}";
            });
        }

        Scratch.Case("seek and write", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.Write("abcdef"u8);
            s.Seek(-4, SeekOrigin.Current);
            s.WriteByte((byte)'X');
            s.Seek(2, SeekOrigin.End);
            s.WriteByte((byte)'Z');
            s.Position = 0;
            byte[] b = new byte[16];
            int n = s.Read(b);
            return b[..n];
        });
        Scratch.Case("set length longer and shorter", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.Write("abc"u8);
            s.SetLength(5);
            long longer = s.Length;
            s.SetLength(1);
            return $"{longer} {s.Length} {s.Position}";
        });
        Scratch.Case("hole reads as zeros", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.Position = 100_000;
            s.WriteByte(1);
            s.Position = 50_000;
            return $"{s.ReadByte()} {s.Length}";
        });
        Scratch.Case("read past the end", f =>
        {
            File.WriteAllText(f + "/a", "ab");
            using FileStream s = File.OpenRead(f + "/a");
            s.Position = 10;
            return $"{s.ReadByte()} {s.Read(new byte[4])}";
        });
        Scratch.Throws("seek before the start", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.Seek(-1, SeekOrigin.Begin);
        });
        Scratch.Throws("write to a reader", f =>
        {
            File.WriteAllText(f + "/a", "");
            using FileStream s = File.OpenRead(f + "/a");
            s.WriteByte(1);
        });
        Scratch.Throws("read from a writer", f =>
        {
            using FileStream s = File.OpenWrite(f + "/a");
            s.ReadByte();
        });
        Scratch.Throws("after dispose", f =>
        {
            FileStream s = File.Create(f + "/a");
            s.Dispose();
            s.WriteByte(1);
        });
        Scratch.Throws("open twice without sharing", f =>
        {
            using FileStream a = new(f + "/a", FileMode.Create, FileAccess.Write, FileShare.None);
            using FileStream b = new(f + "/a", FileMode.Open, FileAccess.Read, FileShare.None);
        });
        Scratch.Case("two readers", f =>
        {
            File.WriteAllText(f + "/a", "shared");
            using FileStream a = File.OpenRead(f + "/a"), b = File.OpenRead(f + "/a");
            return $"{a.ReadByte()} {b.ReadByte()}";
        });
        Scratch.Case("delete while open", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.Write("still here"u8);
            s.Flush();
            File.Delete(f + "/a");
            s.Position = 0;
            return $"{File.Exists(f + "/a")} {s.ReadByte()} {s.Length}";
        });
        Scratch.Case("rename while open", f =>
        {
            using FileStream s = File.Create(f + "/a");
            File.Move(f + "/a", f + "/b");
            s.Write("through the old handle"u8);
            s.Flush();
            return new FileInfo(f + "/b").Length;
        });
        Scratch.Case("append writes at the end", f =>
        {
            File.WriteAllText(f + "/a", "start ");
            using (FileStream s = new(f + "/a", FileMode.Append))
            {
                s.Write("end"u8);
            }

            return File.ReadAllText(f + "/a");
        });
        Scratch.Case("flush to disk", f =>
        {
            using FileStream s = File.Create(f + "/a");
            s.WriteByte(1);
            s.Flush(flushToDisk: true);
            return new FileInfo(f + "/a").Length;
        });
        Scratch.Case("delete on close", f =>
        {
            using (FileStream s = new(f + "/a", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose))
            {
                s.WriteByte(1);
            }

            return File.Exists(f + "/a");
        });
        Scratch.Case("asynchronous stream", f => Asynchronous(f + "/a").Result);
        Scratch.Case("cancelled read", f =>
        {
            File.WriteAllText(f + "/a", "x");
            using FileStream s = new(f + "/a", FileMode.Open, FileAccess.Read, FileShare.Read, 1, useAsync: true);
            return s.ReadAsync(new byte[1], new CancellationToken(true)).AsTask().IsCanceled;
        });
        Scratch.Case("copy to", f =>
        {
            byte[] data = new byte[300_000];
            new Random(1).NextBytes(data);
            File.WriteAllBytes(f + "/a", data);
            using (FileStream from = File.OpenRead(f + "/a"), to = File.Create(f + "/b"))
            {
                from.CopyTo(to);
            }

            return File.ReadAllBytes(f + "/b").AsSpan().SequenceEqual(data);
        });
        Scratch.Case("random access", f =>
        {
            using SafeFileHandle h = File.OpenHandle(f + "/a", FileMode.Create, FileAccess.ReadWrite);
            RandomAccess.Write(h, "world"u8, 6);
            RandomAccess.Write(h, "hello "u8, 0);
            byte[] b = new byte[20];
            int n = RandomAccess.Read(h, b, 0);
            RandomAccess.SetLength(h, 5);
            return $"{System.Text.Encoding.ASCII.GetString(b, 0, n)} {RandomAccess.GetLength(h)}";
        });
        Scratch.Case("random access scatter", f =>
        {
            using SafeFileHandle h = File.OpenHandle(f + "/a", FileMode.Create, FileAccess.ReadWrite);
            RandomAccess.Write(h, [new byte[] { 1, 2 }, new byte[] { 3 }], 0);
            byte[] x = new byte[1], y = new byte[5];
            long n = RandomAccess.Read(h, [x, y], 0);
            return $"{n} {x[0]} {y[0]} {y[1]}";
        });
        Scratch.Case("preallocation", f =>
        {
            using FileStream s = new(f + "/a", new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = 10_000 });
            return s.Length;
        });
        Scratch.Case("create mode", f =>
        {
            using FileStream s = new(f + "/a", new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            return File.GetUnixFileMode(f + "/a");
        });
        Scratch.Case("stream properties", f =>
        {
            using FileStream s = File.Create(f + "/a");
            return $"{s.CanRead} {s.CanWrite} {s.CanSeek} {s.CanTimeout} {s.IsAsync} {s.Name}";
        });
        Scratch.Case("byte by byte through the buffer", f =>
        {
            using (FileStream s = File.Create(f + "/a"))
            {
                for (int i = 0; i < 20_000; i++)
                {
                    s.WriteByte((byte)i);
                }
            }

            using FileStream back = File.OpenRead(f + "/a");
            int sum = 0;
            for (int b = back.ReadByte(); b >= 0; b = back.ReadByte())
            {
                sum += b;
            }

            return sum;
        });
    }

    private static async Task<string> Asynchronous(string name)
    {
        await using (FileStream s = new(name, FileMode.Create, FileAccess.Write, FileShare.None, 4096, useAsync: true))
        {
            for (int i = 0; i < 100; i++)
            {
                await s.WriteAsync(new byte[1000]);
            }
        }

        await using FileStream back = new(name, FileMode.Open, FileAccess.Read, FileShare.Read, 4096, useAsync: true);
        int total = 0, n;
        byte[] buffer = new byte[777];
        while ((n = await back.ReadAsync(buffer)) > 0)
        {
            total += n;
        }

        return total.ToString();
    }
}
