// The garbage collector and what hangs on it. The sections "exhaust..." are meant for a machine with 64 MB.

using Unikernel.Guest;

return args is ["garbage", string megabytes]
    ? Garbage.Produce(long.Parse(megabytes))
    : Suite.Run(
        args,
        ("collect", CollectCases.Run),
        ("objects", ObjectCases.Run),
        ("finalizers", FinalizerCases.Run),
        ("handles", HandleCases.Run),
        ("info", InfoCases.Run),
        ("native", NativeCases.Run),
        ("exhaust", ExhaustCases.Run));
