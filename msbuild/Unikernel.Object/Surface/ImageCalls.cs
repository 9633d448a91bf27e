using System.Buffers.Binary;

namespace Unikernel.Object.Surface;

/// <summary>
/// Which functions of the compiler's object file name which, so what was compiled and not what could have been. What another file defines is named by
/// relocations; calls within a section are resolved by the compiler and are found in the code itself. A function is its number here: there are 60,000 in a
/// web application, named 400,000 times.
/// </summary>
internal sealed class ImageCalls
{
    private readonly List<string> _names = [];
    private readonly List<List<int>> _callers = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    // The caller before each function on the shortest way from the start, -1 where there is none.
    private readonly int[] _before;

    /// <param name="file">The object file.</param>
    /// <param name="start">The function where the program starts.</param>
    public ImageCalls(ElfObject file, string start)
    {
        var bySymbol = new int[file.Symbols.Count]; // the number of a function, of this file or another, and -1 for what is none
        var bySection = new Dictionary<int, List<Function>>();
        for (int i = 0; i < bySymbol.Length; i++)
        {
            ElfObject.Symbol symbol = file.Symbols[i];
            bySymbol[i] = -1;
            bool ofAnotherFile = symbol.Section == 0; // of the core or of a library: the link needs it
            if ((!symbol.IsFunction && !ofAnotherFile) || file.Name(symbol) is not { Length: > 0 } name)
                continue;
            bySymbol[i] = Number(name);
            if (ofAnotherFile)
                continue;
            if (!bySection.TryGetValue(symbol.Section, out List<Function>? functions))
                bySection.Add(symbol.Section, functions = []);
            functions.Add(new Function(symbol.Offset, symbol.Offset + symbol.Size, bySymbol[i]));
        }

        var starts = new Dictionary<(int Section, int Offset), int>();
        foreach ((int section, List<Function> functions) in bySection)
        {
            // Several names of one function (__managed__Main): the first in the order of names, whatever the order in the file.
            functions.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : string.CompareOrdinal(_names[b.Number], _names[a.Number]));
            foreach (Function function in functions)
                starts[(section, function.Start)] = function.Number;
        }

        // A relocated field is zero until the link: read as a resolved call it would lead to the byte behind it.
        var relocated = new HashSet<(int Section, int Offset)>();
        foreach ((int section, int offset, int number) in file.CodeRelocations())
        {
            if (starts.ContainsKey((section, offset + sizeof(int))))
                relocated.Add((section, offset));
            if (bySymbol[number] >= 0 && bySection.TryGetValue(section, out List<Function>? functions) && Around(functions, offset) is { } caller)
                Add(bySymbol[number], caller.Number);
        }

        foreach ((int section, List<Function> functions) in bySection)
            AddResolved(file.Content(section), functions, section, starts, relocated);
        _before = ShortestWays(start);
    }

    private readonly record struct Function(int Start, int End, int Number);

    /// <summary>The functions of a name, or of the name with the number that the compiler gives to overloads.</summary>
    public IEnumerable<int> Named(string name)
    {
        if (_numbers.TryGetValue(name, out int number))
            yield return number;
        for (int i = 0; _numbers.TryGetValue($"{name}_{i}", out number); i++)
            yield return number;
    }

    public string Name(int function) => _names[function];

    /// <summary>The functions whose code names a function; some more than once.</summary>
    public IReadOnlyList<int> CallersOf(int function) => _callers[function];

    /// <summary>Whether calls that name their target lead from the start of the program to a function.</summary>
    public bool IsCalledFromStart(int function) => _before[function] >= 0;

    /// <summary>
    /// The shortest way from the start of the program to a function; where that is not direct (virtual calls, delegates), from a function that is
    /// called by its address. The function itself comes last.
    /// </summary>
    public IReadOnlyList<int> ChainTo(int function)
    {
        var chain = new List<int>();
        if (IsCalledFromStart(function))
        {
            int current = function;
            for (; _before[current] != current; current = _before[current])
                chain.Add(current);
            chain.Add(current);
            chain.Reverse();
            return chain;
        }

        var next = new Dictionary<int, int> { [function] = -1 };
        var queue = new Queue<int>([function]);
        int end = function;
        while (queue.TryDequeue(out int current))
        {
            if (_callers[current].Count == 0)
            {
                end = current;
                break;
            }

            foreach (int caller in _callers[current])
            {
                if (next.TryAdd(caller, current))
                    queue.Enqueue(caller);
            }
        }

        for (int current = end; current >= 0; current = next[current])
            chain.Add(current);
        return chain;
    }

    private int[] ShortestWays(string start)
    {
        var called = new List<int>?[_names.Count];
        for (int function = 0; function < called.Length; function++)
        {
            foreach (int caller in _callers[function])
                (called[caller] ??= []).Add(function);
        }

        var before = new int[called.Length];
        Array.Fill(before, -1);
        var queue = new Queue<int>();
        if (_numbers.TryGetValue(start, out int first))
        {
            before[first] = first;
            queue.Enqueue(first);
        }

        while (queue.TryDequeue(out int current))
        {
            foreach (int function in called[current] ?? [])
            {
                if (before[function] >= 0)
                    continue;
                before[function] = current;
                queue.Enqueue(function);
            }
        }

        return before;
    }

    private int Number(string name)
    {
        if (_numbers.TryAdd(name, _names.Count))
        {
            _names.Add(name);
            _callers.Add([]);
        }

        return _numbers[name];
    }

    private void Add(int target, int caller)
    {
        List<int> callers = _callers[target];
        if (target != caller && (callers.Count == 0 || callers[^1] != caller)) // functions are read one after another: most of what is named twice is told apart here
            callers.Add(caller);
    }

    // call rel32, jmp rel32, lea reg, [rip + rel32] (Intel SDM volume 2: E8, E9, 8D /r with mod 00 and rm 101). Other instructions may hold the same bytes;
    // that such four bytes lead to the first byte of a function by chance happens once in thousands of programs.
    private void AddResolved(ReadOnlySpan<byte> code, List<Function> functions, int section, Dictionary<(int Section, int Offset), int> starts, HashSet<(int Section, int Offset)> relocated)
    {
        foreach (Function function in functions)
        {
            int end = Math.Min(function.End, code.Length);
            for (int at = function.Start + 1; at + sizeof(int) <= end; at++)
            {
                if (!(code[at - 1] is 0xE8 or 0xE9 || ((code[at - 1] & 0xC7) == 0x05 && at - 2 >= function.Start && code[at - 2] == 0x8D)))
                    continue;
                int target = at + sizeof(int) + BinaryPrimitives.ReadInt32LittleEndian(code[at..]);
                if ((uint)target < (uint)code.Length && starts.TryGetValue((section, target), out int number) && !relocated.Contains((section, at)))
                    Add(number, function.Number);
            }
        }
    }

    private static Function? Around(List<Function> functions, int offset)
    {
        int low = 0, high = functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (functions[middle].Start <= offset)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high >= 0 && offset < functions[high].End ? functions[high] : null;
    }
}
