namespace Unikernel.Size.Inputs;

/// <summary>An input can not be read: which, and what is wrong with it. Becomes UKN4020.</summary>
public sealed class InputException(string file, string problem) : Exception($"'{file}' {problem}")
{
    public string File { get; } = file;
    public string Problem { get; } = problem;
}
