namespace Unikernel.Guest;

/// <summary>A folder of its own for every case, gone afterwards.</summary>
internal static class Scratch
{
    private static int s_next;

    /// <summary>Runs the body with a fresh folder, and cuts its name out of an exception's message.</summary>
    public static void Case<T>(string name, Func<string, T> body) => Suite.Case(name, () =>
    {
        string folder = $"/tmp/files-{Environment.ProcessId}-{Interlocked.Increment(ref s_next)}";
        Directory.CreateDirectory(folder);
        try
        {
            return Suite.Format(body(folder)).Replace(folder, "FOLDER", StringComparison.Ordinal);
        }
        catch (Exception e)
        {
            return "throws " + Suite.Describe(e).Replace(folder, "FOLDER", StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>A case that is expected to throw.</summary>
    public static void Throws(string name, Action<string> body) => Case(name, folder =>
    {
        body(folder);
        return "no exception";
    });
}
