using Mono.Cecil;

namespace Unikernel.Linker.Binding;

/// <summary>What a P/Invoke asks for: an entry point of a native library.</summary>
public readonly record struct EntryPoint(string Library, string Name) : IComparable<EntryPoint>
{
    /// <summary>The entry point that a P/Invoke method names; null when the method is no P/Invoke.</summary>
    public static EntryPoint? Of(MethodDefinition method)
    {
        if (!method.IsPInvokeImpl || method.PInvokeInfo is not { } info || info.Module is null)
            return null;
        string name = string.IsNullOrEmpty(info.EntryPoint) ? method.Name : info.EntryPoint;
        return new EntryPoint(Normalize(info.Module.Name), name);
    }

    /// <summary>
    /// One spelling for a library. The runtime probes name variations ("libx.so", "x.so", "libx", "x"), see NativeLibrary probing in
    /// https://learn.microsoft.com/dotnet/standard/native-interop/native-library-loading, so all of them mean the same library.
    /// </summary>
    public static string Normalize(string library)
    {
        string name = library;
        foreach (string suffix in (ReadOnlySpan<string>)[".so", ".dll", ".dylib"])
        {
            if (name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                name = name[..^suffix.Length];
                break;
            }
        }

        return name.StartsWith("lib", StringComparison.Ordinal) && name.Length > 3 ? name[3..] : name;
    }

    public int CompareTo(EntryPoint other)
    {
        int order = string.CompareOrdinal(Library, other.Library);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    public override string ToString() => $"{Library}!{Name}";
}
