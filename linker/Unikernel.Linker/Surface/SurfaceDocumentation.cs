namespace Unikernel.Linker.Surface;

/// <summary>Writes docs/os-surface.md: every entry point of the framework's native libraries and what stands behind it.</summary>
public static class SurfaceDocumentation
{
    public static void Write(TextWriter writer, EntryPointData data)
    {
        writer.WriteLine($"""
            # What the framework asks of an operating system, and who answers

            Generated from `runtime-shim/Unikernel.LibraryOS/surface/os-surface.json` by `Unikernel.Linker surface`; a test fails
            when it is stale. Framework {data.Framework}.

            The base class library reaches the operating system and its native libraries through these entry points. *provided*: a
            C# method of the library OS does it. *emulated*: a C# method answers, with the limits that the last column names.
            *core*: it sits below the runtime's threads and memory and is C in the core. *native*: the stock static library is
            linked in. *absent*: a call throws `PlatformNotSupportedException`, and the analyzers and the linker report it at the
            call in the program (UKN1001).

            | Library | provided | emulated | core | native | absent |
            |---|---|---|---|---|---|
            """);
        foreach (IGrouping<string, EntryPointInfo> library in ByLibrary(data))
            writer.WriteLine($"| `{library.Key}` | {string.Join(" | ", s_statuses.Select(s => library.Count(e => e.Status == s)))} |");

        writer.WriteLine("\n## Needs\n\n| Need | Class | What it means |\n|---|---|---|");
        foreach (NeedVocabulary.Entry need in NeedVocabulary.All.OrderBy(n => n.Word, StringComparer.Ordinal))
            writer.WriteLine($"| {need.Word} | {need.Class.ToString().ToLowerInvariant()} | {need.Reason} |");

        foreach (IGrouping<string, EntryPointInfo> library in ByLibrary(data))
        {
            writer.WriteLine($"\n## {library.Key}\n\n| Entry point | Status | Need | How, or why not |\n|---|---|---|---|");
            foreach (EntryPointInfo entry in library.OrderBy(e => e.Name, StringComparer.Ordinal))
                writer.WriteLine($"| `{entry.Name}` | {entry.Status} | {entry.Need} | {entry.Why} |");
        }
    }

    private static readonly string[] s_statuses = ["provided", "emulated", "core", "native", "absent"];

    private static IEnumerable<IGrouping<string, EntryPointInfo>> ByLibrary(EntryPointData data) =>
        data.EntryPoints.GroupBy(e => e.Library).OrderBy(g => g.Key, StringComparer.Ordinal);
}
