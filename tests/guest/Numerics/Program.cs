// Numbers: the processor's, the C library's and the managed ones.

using Unikernel.Guest;

return Suite.Run(
    args,
    ("math", MathCases.Run),
    ("integers", IntegerCases.Run),
    ("wide", WideCases.Run),
    ("vectors", VectorCases.Run),
    ("format", FormatCases.Run),
    ("random", RandomCases.Run));
