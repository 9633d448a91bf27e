using Unikernel.Build.Tasks.Unwinding;

namespace Unikernel.Build.Tasks.Surface;

/// <summary>Which functions of the compiler's object file name which: by the relocations in their code, so by what was compiled and not by what could have been.</summary>
internal sealed class ImageCalls
{
    private readonly Dictionary<string, List<string>> _callers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _functions = new(StringComparer.Ordinal);

    public ImageCalls(ElfObject file)
    {
        var bySection = new Dictionary<int, List<ElfObject.Symbol>>();
        foreach (ElfObject.Symbol symbol in file.Symbols)
        {
            if (symbol.Section == 0 && symbol.Name.Length > 0)
                _functions.Add(symbol.Name); // of the core or of a library: the link needs it
            if (!symbol.IsFunction || symbol.Section == 0)
                continue;
            _functions.Add(symbol.Name);
            if (!bySection.TryGetValue(symbol.Section, out List<ElfObject.Symbol>? functions))
                bySection.Add(symbol.Section, functions = []);
            functions.Add(symbol);
        }

        // Several names of one function (__managed__Main): the first in the order of names, whatever the order in the file.
        foreach (List<ElfObject.Symbol> functions in bySection.Values)
            functions.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : string.CompareOrdinal(b.Name, a.Name));
        foreach ((int section, int offset, int number) in file.CodeRelocations())
        {
            ElfObject.Symbol target = file.Symbols[number];
            if ((target.IsFunction || target.Section == 0) && bySection.TryGetValue(section, out List<ElfObject.Symbol>? functions) && Around(functions, offset) is { } caller)
                Add(target.Name, caller.Name);
        }

        foreach (List<string> callers in _callers.Values)
            callers.Sort(StringComparer.Ordinal);
    }

    /// <summary>The functions of a name, or of the name with the number that the compiler gives to overloads.</summary>
    public IEnumerable<string> Named(string name)
    {
        if (_functions.Contains(name))
            yield return name;
        for (int i = 0; _functions.Contains($"{name}_{i}"); i++)
            yield return $"{name}_{i}";
    }

    /// <summary>The functions whose code names a function, sorted.</summary>
    public IReadOnlyList<string> CallersOf(string function) => _callers.GetValueOrDefault(function) ?? [];

    /// <summary>
    /// The shortest way from the start of the program to a function; where that is not direct (virtual calls, delegates), from a function that is
    /// called by its address. The function itself comes last.
    /// </summary>
    public IReadOnlyList<string> ChainTo(string function, string start)
    {
        var next = new Dictionary<string, string?>(StringComparer.Ordinal) { [function] = null };
        var queue = new Queue<string>([function]);
        string? end = null;
        while (queue.TryDequeue(out string? current))
        {
            if (current == start)
            {
                end = current;
                break;
            }

            IReadOnlyList<string> callers = CallersOf(current);
            if (callers.Count == 0)
                end ??= current;
            foreach (string caller in callers)
            {
                if (next.TryAdd(caller, current))
                    queue.Enqueue(caller);
            }
        }

        var chain = new List<string>();
        for (string? current = end ?? function; current is not null; current = next[current])
            chain.Add(current);
        return chain;
    }

    private void Add(string target, string caller)
    {
        if (target == caller)
            return;
        if (!_callers.TryGetValue(target, out List<string>? callers))
            _callers.Add(target, callers = []);
        if (!callers.Contains(caller))
            callers.Add(caller);
    }

    private static ElfObject.Symbol? Around(List<ElfObject.Symbol> functions, int offset)
    {
        int low = 0, high = functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (functions[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high >= 0 && offset < functions[high].Offset + functions[high].Size ? functions[high] : null;
    }
}
