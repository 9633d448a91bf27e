using System.Buffers.Binary;
using Unikernel.Build.Tasks.Unwinding;

namespace Unikernel.Build.Tasks.Surface;

/// <summary>
/// Which functions of the compiler's object file name which, so what was compiled and not what could have been. What another file defines is named by
/// relocations; calls within a section are resolved by the compiler and are found in the code itself.
/// </summary>
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
        var relocated = new HashSet<(int Section, int Offset)>();
        foreach ((int section, int offset, int number) in file.CodeRelocations())
        {
            relocated.Add((section, offset));
            ElfObject.Symbol target = file.Symbols[number];
            if ((target.IsFunction || target.Section == 0) && bySection.TryGetValue(section, out List<ElfObject.Symbol>? functions) && Around(functions, offset) is { } caller)
                Add(target.Name, caller.Name);
        }

        foreach ((int section, List<ElfObject.Symbol> functions) in bySection)
            AddResolved(file.Content(section), functions, at => relocated.Contains((section, at)));
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
    public IReadOnlyList<string> CallersOf(string function) => _callers.TryGetValue(function, out List<string>? callers) ? [.. callers.Distinct().Order(StringComparer.Ordinal)] : [];

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
        if (callers.Count == 0 || callers[^1] != caller) // functions are read one after another; what is left is told apart when it is asked for
            callers.Add(caller);
    }

    // call rel32, jmp rel32, lea reg, [rip + rel32] (Intel SDM volume 2: E8, E9, 8D /r with mod 00 and rm 101). Other instructions may hold the same bytes;
    // that such four bytes lead to the first byte of a function by chance happens once in thousands of programs.
    private void AddResolved(ReadOnlySpan<byte> code, List<ElfObject.Symbol> functions, Predicate<int> isRelocated)
    {
        var starts = new Dictionary<int, string>();
        foreach (ElfObject.Symbol function in functions)
            starts[function.Offset] = function.Name;
        foreach (ElfObject.Symbol function in functions)
        {
            int end = Math.Min(function.Offset + function.Size, code.Length);
            for (int at = function.Offset + 1; at + sizeof(int) <= end; at++)
            {
                bool reference = code[at - 1] is 0xE8 or 0xE9 || (at - 2 >= function.Offset && code[at - 2] == 0x8D && (code[at - 1] & 0xC7) == 0x05);
                // A relocated field is zero until the link: it says nothing.
                if (reference && starts.TryGetValue(at + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(code[at..]), out string? target) && !isRelocated(at))
                    Add(target, function.Name);
            }
        }
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
