using Xunit;

namespace Unikernel.Linker.Tests.Fuzzing;

/// <summary>A short run of the fuzzer with fixed seeds; tests/Unikernel.Linker.Fuzz runs it for as long as wanted.</summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData("library", 60)]
    [InlineData("program", 30)]
    [InlineData("symbols", 30)]
    [InlineData("substitutions", 30)]
    [InlineData("descriptor", 30)]
    [InlineData("directives", 30)]
    [InlineData("arguments", 200)]
    public void DamagedBytesGiveADiagnostic(string target, int inputs)
    {
        using var fuzz = new LinkerFuzz();
        Assert.Null(Record.Exception(() => fuzz.Run(target, fuzz.Corpus[target])));
        for (int seed = 0; seed < inputs; seed++)
        {
            byte[] input = LinkerFuzz.Mutate(fuzz.Corpus[target], new Random(seed));
            Exception? failure = Record.Exception(() => fuzz.Run(target, input));
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }
}
