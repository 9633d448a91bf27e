using Unikernel.Net.Wire;

namespace Unikernel.Net.Tests.Wire;

/// <summary>
/// Every parser on seeded random bytes and on mutated good messages: nothing is thrown, and after a successful parse no accessor
/// throws. The long runs are the SharpFuzz harness (tests/Unikernel.Net.Fuzz), which calls the same <see cref="ParserFuzz"/>.
/// </summary>
public class ParserFuzzTests
{
    public static TheoryData<string> Targets => [.. ParserFuzz.Targets.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_breaks_a_parser(string target)
    {
        Action<ReadOnlyMemory<byte>> run = ParserFuzz.Targets[target];
        var random = new Random(target.Sum(static c => c) * 31);
        byte[][] corpus = ParserFuzz.Corpus();
        for (int round = 0; round < 20_000; round++)
        {
            byte[] input;
            if (round % 4 == 0)
            {
                input = new byte[random.Next(400)];
                random.NextBytes(input);
            }
            else
            {
                input = (byte[])corpus[random.Next(corpus.Length)].Clone();
                for (int i = random.Next(1, 8); i > 0 && input.Length > 0; i--) input[random.Next(input.Length)] = (byte)random.Next(256);
                if (random.Next(4) == 0) input = input[..random.Next(input.Length + 1)];
            }

            try
            {
                run(input);
            }
            catch (Exception exception)
            {
                Assert.Fail($"{target}: {exception.GetType().Name} on {Convert.ToHexString(input)}\n{exception}");
            }
        }
    }
}
