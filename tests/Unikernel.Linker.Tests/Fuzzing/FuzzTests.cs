using Xunit;

namespace Unikernel.Linker.Tests.Fuzzing;

/// <summary>A short run of the fuzzer with fixed seeds; tests/Unikernel.Linker.Fuzz runs it for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData("library", 30)]
    [InlineData("program", 15)]
    [InlineData("symbols", 15)]
    [InlineData("substitutions", 10)]
    [InlineData("descriptor", 10)]
    [InlineData("directives", 10)]
    [InlineData("arguments", 200)]
    public void DamagedBytesGiveADiagnostic(string target, int inputs)
    {
        using var fuzz = new LinkerFuzz();
        Assert.Null(Record.Exception(() => fuzz.Run(target, fuzz.Corpus[target])));
        // Those with which long runs found something come first.
        foreach (int seed in (IEnumerable<int>)[5005, 6034, 700_000_028, 700_000_040, .. Enumerable.Range(0, inputs)])
        {
            byte[] input = LinkerFuzz.Mutate(fuzz.Corpus[target], new Random(seed));
            Exception? failure = Record.Exception(() => fuzz.Run(target, input));
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }
}
