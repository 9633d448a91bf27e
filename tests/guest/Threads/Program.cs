// Threads and everything that waits. Nothing here states a time but as a lower bound, which holds on a slow machine too.

using Unikernel.Guest;

return Suite.Run(
    args,
    ("thread", ThreadCases.Run),
    ("locks", LockCases.Run),
    ("signals", SignalCases.Run),
    ("interlocked", InterlockedCases.Run),
    ("tasks", TaskCases.Run),
    ("cancel", CancelCases.Run),
    ("collections", CollectionCases.Run),
    ("timers", TimerCases.Run),
    ("suspension", SuspensionCases.Run));
