namespace Unikernel.Linker;

/// <summary>
/// Nearly all that the linker or the size tool allocates lives until it has written its output, so each collection copies what the ones before it copied:
/// a third of the time of a web application. There is none as long as the program's whole graph fits into the room that is asked for here.
/// </summary>
internal static class Heap
{
    // A web application's objects are 750 MB; of large objects (files, tables) 100 MB. Reserved is not used: hello stays with its 400 MB.
    private const long Objects = 1024L << 20;
    private const long LargeObjects = 256L << 20;

    /// <summary>Lets the heap grow without collections, at most into half of the memory that there is; beyond it they begin.</summary>
    public static void Reserve()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        if (available >= Objects + LargeObjects)
            GC.TryStartNoGCRegion(Objects + LargeObjects, LargeObjects);
    }
}
