using Mono.Cecil;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>Methods as people write them: what the compiler made of a lambda, an iterator or a property has the name that stands in the source.</summary>
internal static class MethodNames
{
    /// <summary><c>Namespace.Type.Method</c> without parameters.</summary>
    public static string Short(MethodDefinition method)
    {
        TypeDefinition type = method.DeclaringType;
        string name = method.IsConstructor ? Plain(type.Name) : Accessed(method);
        // A state machine (<Method>d__1.MoveNext) or a closure (<>c__DisplayClass1_0.<Method>b__0) stands in the type of its method.
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer)
        {
            if (Source(type.Name) is { } user)
                name = user;
            type = outer;
        }

        return $"{Plain(type.FullName.Replace('/', '.'))}.{Source(name) ?? name}";
    }

    /// <summary><c>Type.Member</c>, as the analyzers name it: of a property, its own name.</summary>
    public static string Member(MethodDefinition method) =>
        $"{Plain(method.DeclaringType.Name)}.{(method.IsConstructor ? Plain(method.DeclaringType.Name) : Accessed(method))}";

    /// <summary>The steps of a chain; one that has the name of the step before it says nothing.</summary>
    public static string Join(IEnumerable<string> steps)
    {
        var chain = new List<string>();
        foreach (string step in steps)
        {
            if (chain.Count == 0 || chain[^1] != step)
                chain.Add(step);
        }

        return string.Join(" \u2192 ", chain);
    }

    private static string Accessed(MethodDefinition method)
    {
        if (method.IsGetter || method.IsSetter)
            return TypeFacts.PropertyOf(method)?.Name ?? method.Name;
        return (method.IsAddOn || method.IsRemoveOn ? TypeFacts.EventOf(method)?.Name : null) ?? method.Name;
    }

    // <Method>b__0, <Method>d__1, <Main>$, <<Main>$>b__0, <Method>g__Local|0_0; <>c names nothing.
    private static string? Source(string name)
    {
        if (!name.StartsWith('<') || MatchingEnd(name) is var end && end < 2)
            return null;
        string method = Source(name[1..end]) ?? name[1..end];
        if (!name[end..].StartsWith(">g__", StringComparison.Ordinal))
            return method;
        string inner = name[(end + 4)..].Split('|')[0];
        return inner == "__PInvoke" ? method : $"{method}.{inner}"; // the function that the generator of LibraryImport writes
    }

    private static int MatchingEnd(string name)
    {
        int depth = 0;
        for (int i = 0; i < name.Length; i++)
        {
            depth += name[i] switch { '<' => 1, '>' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }

        return -1;
    }

    // Without the number of generic parameters.
    private static string Plain(string name)
    {
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return name;
        int end = tick + 1;
        while (end < name.Length && char.IsAsciiDigit(name[end]))
            end++;
        return Plain(name[..tick] + name[end..]);
    }
}
