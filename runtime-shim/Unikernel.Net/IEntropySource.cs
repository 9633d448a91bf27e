namespace Unikernel.Net;

/// <summary>Random bytes that an attacker can not guess: for identifiers, ports and sequence numbers. Tests give a seeded one.</summary>
public interface IEntropySource
{
    void Fill(Span<byte> bytes);
}

/// <summary>A repeatable source for tests and simulations (xoshiro through <see cref="Random"/>); never for a guest.</summary>
public sealed class SeededEntropy(int seed) : IEntropySource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
