// The console: output in every way and size, error, input by lines and characters. The mode is the first argument, because
// the input differs.

using System.Globalization;
using System.Text;

switch (args.Length == 0 ? "output" : args[0])
{
    case "output":
        Console.Write("a");
        Console.Write('b');
        Console.Write(1);
        Console.Write(2.5);
        Console.Write(true);
        Console.Write((object?)null);
        Console.Write("{0}-{1:X}", "x", 255);
        Console.WriteLine();
        Console.WriteLine(decimal.MaxValue);
        Console.WriteLine(new char[] { 'c', 'h' });
        Console.WriteLine("žluťoučký kůň €😀");
        Console.WriteLine("tab\there");
        Console.Out.Write("no newline, then flush");
        Console.Out.Flush();
        Console.Out.WriteLine();
        Console.Error.WriteLine("to the error stream");
        Console.WriteLine("after the error stream");
        using (Stream raw = Console.OpenStandardOutput())
        {
            raw.Write("raw bytes\n"u8);
        }

        using (Stream raw = Console.OpenStandardError())
        {
            raw.Write("raw error bytes\n"u8);
        }

        Console.WriteLine($"encoding {Console.OutputEncoding.WebName}");
        Console.WriteLine($"redirected {Console.IsOutputRedirected == Console.IsErrorRedirected}");
        TextWriter original = Console.Out;
        StringWriter captured = new();
        Console.SetOut(captured);
        Console.WriteLine("captured");
        Console.SetOut(original);
        Console.WriteLine($"[{captured.ToString().TrimEnd()}]");
        await Console.Out.WriteLineAsync("asynchronous");
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, "{0,10}|{1,-10}|", "right", "left"));
        return 0;

    case "large":
        StringBuilder block = new();
        for (int i = 0; i < 2000; i++)
        {
            block.Append(CultureInfo.InvariantCulture, $"{i:D6} {new string((char)('a' + i % 26), i % 90)}\n");
        }

        Console.Write(block.ToString());
        for (int i = 0; i < 2000; i++)
        {
            Console.WriteLine(i);
        }

        return 0;

    case "threads":
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(n => new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Console.WriteLine($"thread {n} line {i:D3}");
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return 0;

    case "lines":
        int count = int.Parse(args[1]);
        for (int i = 0; i < count; i++)
        {
            Console.WriteLine($"got [{Console.ReadLine()}]");
        }

        return 0;

    case "read":
        StringBuilder read = new();
        for (int c = Console.Read(); c != '.'; c = Console.Read())
        {
            read.Append((char)c);
        }

        Console.WriteLine($"got [{read.Replace("\n", "\\n").Replace("\r", "")}]");
        return 0;

    case "sum":
        long sum = 0;
        while (Console.ReadLine() is { } line && line != "end")
        {
            sum += long.Parse(line, CultureInfo.InvariantCulture);
        }

        Console.WriteLine($"sum {sum}");
        return (int)(sum % 100);

    case "echo-async":
        string? text = await Console.In.ReadLineAsync();
        Console.WriteLine(text is null ? "end of input" : new string([.. text.Reverse()]));
        return 0;

    default:
        Console.Error.WriteLine("unknown mode");
        return 99;
}
