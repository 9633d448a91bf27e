string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()); File.WriteAllLines(path, ["a", "b"]); Console.WriteLine(File.ReadLines(path).Count());
await using (var f = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 4096, useAsync: true)) { f.Position = 1; await f.WriteAsync(new byte[3]); }
Directory.CreateDirectory(path + "d"); foreach (FileSystemInfo i in new DirectoryInfo(Path.GetTempPath()).EnumerateFileSystemInfos("*.none")) Console.WriteLine(i.Name);
using var r = new StreamReader(new MemoryStream("x\ny"u8.ToArray())); Console.WriteLine(r.ReadLine()); using var b = new BinaryWriter(new MemoryStream()); b.Write(1.5); File.Delete(path);
