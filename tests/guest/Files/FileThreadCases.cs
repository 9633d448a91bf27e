namespace Unikernel.Guest;

/// <summary>Files from several threads.</summary>
internal static class FileThreadCases
{
    public static void Run()
    {
        Scratch.Case("4 threads write their own files", f =>
        {
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(n => new Thread(() =>
            {
                for (int i = 0; i < 50; i++)
                {
                    File.WriteAllText($"{f}/{n}-{i}", $"{n * i}");
                }
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return $"{Directory.GetFiles(f).Length} {Directory.GetFiles(f).Sum(x => int.Parse(File.ReadAllText(x)))}";
        });
        Scratch.Case("4 threads append to one file", f =>
        {
            object gate = new();
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                for (int i = 0; i < 50; i++)
                {
                    lock (gate)
                    {
                        File.AppendAllText(f + "/a", "x");
                    }
                }
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return new FileInfo(f + "/a").Length;
        });
        Scratch.Case("only one creates", f =>
        {
            int created = 0;
            Thread[] threads = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() =>
            {
                try
                {
                    new FileStream(f + "/a", FileMode.CreateNew).Dispose();
                    Interlocked.Increment(ref created);
                }
                catch (IOException)
                {
                }
            }))];
            Array.ForEach(threads, t => t.Start());
            Array.ForEach(threads, t => t.Join());
            return created;
        });
        Scratch.Case("parallel asynchronous", f =>
        {
            Task.WhenAll(Enumerable.Range(0, 40).Select(i => File.WriteAllTextAsync($"{f}/{i}", new string('a', i * 100)))).Wait();
            return Directory.GetFiles(f).Sum(x => new FileInfo(x).Length);
        });
        Scratch.Case("memory comes back", f =>
        {
            // 200 times one megabyte, deleted each time: far more than a small /tmp holds at once.
            byte[] block = new byte[1_000_000];
            for (int i = 0; i < 200; i++)
            {
                File.WriteAllBytes(f + "/a", block);
                File.Delete(f + "/a");
            }

            return Directory.GetFiles(f).Length;
        });
    }
}
