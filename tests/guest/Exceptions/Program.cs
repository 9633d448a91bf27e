// Exceptions in every shape that the compiler and the runtime know, and the faults of the processor that become exceptions.

using Unikernel.Guest;

return Suite.Run(
    args,
    ("throw", ThrowCases.Run),
    ("finally", FinallyCases.Run),
    ("filter", FilterCases.Run),
    ("trace", TraceCases.Run),
    ("fault", FaultCases.Run),
    ("threads", ThreadCases.Run),
    ("async", AsyncCases.Run));
