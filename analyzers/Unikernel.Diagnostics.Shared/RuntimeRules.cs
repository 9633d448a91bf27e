namespace Unikernel.Diagnostics;

/// <summary>3000-3999: habits that hurt in a small machine.</summary>
public static class RuntimeRules
{
    public static readonly Rule ThreadPerConnection = new Rule("UKN3001", "A thread for each connection",
        "A thread is started in a loop that accepts connections: each costs a stack of memory, and nothing bounds their number. Use async sockets.",
        RuleLevel.Suggestion);

    public static readonly Rule BlockingOnAsync = new Rule("UKN3002", "Blocking on an asynchronous operation",
        "'{0}' holds a thread until the operation ends: on one processor a few of these stop all requests. Await it.",
        RuleLevel.Suggestion);

    public static readonly Rule UnboundedChannel = new Rule("UKN3003", "Channel without a bound",
        "'{0}' makes a channel that grows until the memory of the machine is used up. Use Channel.CreateBounded with a capacity.",
        RuleLevel.Suggestion);

    public static readonly Rule UnboundedCache = new Rule("UKN3004", "Cache without a bound",
        "'{0}' makes a cache that grows until the memory of the machine is used up. Set SizeLimit and the size of each entry.",
        RuleLevel.Suggestion);

    public static readonly Rule TaskPerItem = new Rule("UKN3005", "A task for each item of input",
        "Task.Run in a loop over input starts as many tasks as there are items, and their memory is not bounded. Use Parallel.ForEachAsync with a degree of parallelism.",
        RuleLevel.Suggestion);

    public static readonly Rule CollectInLoop = new Rule("UKN3006", "Garbage collection forced in a loop",
        "'{0}' in a loop stops all threads for a full collection each time, on the one processor that there is. Remove it.",
        RuleLevel.Suggestion);

    public static readonly Rule LargeBuffer = new Rule("UKN3007", "Large buffer for each call",
        "This array of {0} bytes goes to the large object heap, which is collected only with everything else, for each call. Rent it from ArrayPool<T>.Shared.",
        RuleLevel.Suggestion);
}
