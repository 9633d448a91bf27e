// Long fuzzing runs of the wire parsers. Three ways:
//   Unikernel.Net.Fuzz TARGET                        one input from standard input, for afl-fuzz (see fuzz.sh)
//   Unikernel.Net.Fuzz --random SECONDS [SEED]       seeded mutation of good messages in this process, all targets in turn
//   Unikernel.Net.Fuzz --corpus FOLDER               writes the good messages, one file each, for afl-fuzz to begin with
using System.Diagnostics;
using Unikernel.Net.Tests.Wire;

switch (args)
{
    case ["--corpus", string folder]:
        Directory.CreateDirectory(folder);
        int number = 0;
        foreach (byte[] message in ParserFuzz.Corpus()) File.WriteAllBytes(Path.Combine(folder, $"{number++:d2}.bin"), message);
        return 0;
    case ["--random", string seconds, ..]:
        return Mutate(double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture), args.Length > 2 ? int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture) : Environment.TickCount);
    case [string target] when ParserFuzz.Targets.TryGetValue(target, out Action<ReadOnlyMemory<byte>>? run):
        SharpFuzz.Fuzzer.OutOfProcess.Run(stream =>
        {
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            run(copy.ToArray());
        });
        return 0;
    default:
        Console.Error.WriteLine($"Targets: {string.Join(", ", ParserFuzz.Targets.Keys)}; or --random SECONDS [SEED]; or --corpus FOLDER");
        return 2;
}

static int Mutate(double seconds, int seed)
{
    Console.WriteLine($"seed {seed}");
    var random = new Random(seed);
    byte[][] corpus = ParserFuzz.Corpus();
    var watch = Stopwatch.StartNew();
    long inputs = 0;
    while (watch.Elapsed.TotalSeconds < seconds)
    {
        byte[] input = (byte[])corpus[random.Next(corpus.Length)].Clone();
        for (int i = random.Next(12); i > 0 && input.Length > 0; i--) input[random.Next(input.Length)] = (byte)random.Next(256);
        if (random.Next(4) == 0) input = input[..random.Next(input.Length + 1)];
        if (random.Next(8) == 0) input = [.. input, .. corpus[random.Next(corpus.Length)]];
        foreach ((string name, Action<ReadOnlyMemory<byte>> run) in ParserFuzz.Targets)
        {
            try
            {
                run(input);
            }
            catch (Exception exception)
            {
                Console.WriteLine($"{name}: {Convert.ToHexString(input)}\n{exception}");
                return 1;
            }
        }

        inputs++;
    }

    Console.WriteLine($"{inputs} inputs to {ParserFuzz.Targets.Count} parsers, none threw");
    return 0;
}
