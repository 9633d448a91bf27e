using System.Text;
using Unikernel.Size.Inputs;
using Unikernel.Size.Model;

namespace Unikernel.Size.Attribution;

/// <summary>Who a symbol of ILC's object file belongs to. ILC names what it makes for a method or type by a prefix and the mangled name.</summary>
public sealed class ManagedNames
{
    private const string Strings = "(string literals)", Metadata = "(reflection metadata)", Tables = "(runtime tables)", Unknown = "(managed symbols)";

    /// <summary>
    /// What stands before a mangled name (dotnet/runtime, src/coreclr/tools/aot/ILCompiler.Compiler/Compiler/DependencyAnalysis, AppendMangledName of
    /// the nodes), and what such bytes are.
    /// </summary>
    private static readonly (string Prefix, Category? Category)[] _prefixes =
    [
        ("__readonlydata_", Category.Data),
        ("_associatedData_", Category.GcInfo),
        ("__ehinfo_", Category.GcInfo),
        ("_lsda", Category.GcInfo), // and the number of the funclet
        ("_ehInfo", Category.GcInfo),
        ("_ZTV", Category.Types),
        ("vtable for ", Category.Types), // the same in a map, where lld demangles
        ("__InterfaceDispatchMap_", Category.Types),
        ("__InterfaceDispatchCell_", Category.Types),
        ("__GenericDict_", Category.Types),
        ("__GenericLookupFromType_", null),
        ("__GenericLookupFromDict_", null),
        ("__SealedVTable_", Category.Types),
        ("__sealedvtable_", Category.Types),
        ("__optionalfields_", Category.Types),
        ("__GenericComposition_", Category.Types),
        ("__GenericVariance_", Category.Types),
        ("__ClassConstructorContext_", Category.Data),
        ("__TypeThreadStaticIndex", Category.Data),
        ("__GCSTATICS", Category.Data),
        ("__NONGCSTATICS", Category.Data),
        ("__THREADSTATICS", Category.Data),
        ("__GCStaticEEType_", Category.Types),
        ("__writableData", Category.Data),
        ("__FrozenObj_", Category.Data),
        ("__RMI_", Category.Data),
        ("__nativestring_", Category.Data),
        ("__pinvoke_", Category.Data),
        ("unbox_", null),
    ];

    /// <summary>Tables of the whole program that serve reflection, stack traces and late-bound generics.</summary>
    private static readonly string[] _metadataTables =
        ["__embedded_", "__type_to_", "__method_to_", "_stacktrace_", "__external_", "__nativelayoutinfo", "__exact_method", "__generic_", "__gvm_", "__interface_gvm", "__Generic", "__field_to_"];

    private readonly Mstat? _mstat;
    private readonly Dictionary<string, string> _assemblies = new(StringComparer.Ordinal); // by mangled name

    public ManagedNames(Mstat? mstat)
    {
        _mstat = mstat;
        foreach (string assembly in mstat?.Assemblies ?? [])
            _assemblies[Mangle(assembly)] = assembly;
    }

    /// <summary>Whether ILC's size data name exactly this symbol: of several names for one place this one says whose it is.</summary>
    public bool Knows(string symbol) => _mstat?.Members.ContainsKey(symbol) == true;

    /// <summary>Owner and category of a symbol; the category is null when the section decides.</summary>
    public (string[] Path, Category? Category) Find(string symbol)
    {
        if (symbol.StartsWith("__Str_", StringComparison.Ordinal))
            return ([Groups.Managed, Strings, Literal(symbol["__Str_".Length..])], Category.Strings);
        if (_mstat?.Members.TryGetValue(symbol, out ManagedEntity? exact) == true)
            return (Path(exact, null), null);

        foreach ((string prefix, Category? category) in _prefixes)
        {
            if (!symbol.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> rest = symbol.AsSpan(prefix.Length).TrimStart("0123456789");
            if (Entity(rest.ToString()) is { } entity)
                return (Path(entity, entity.Member is null ? Label(prefix) : null), category);
            if (Assembly(rest) is { } assembly)
                return ([Groups.Managed, assembly, "", "", symbol], category);
            return ([Groups.Managed, category == Category.Types ? Tables : Unknown, symbol], category);
        }

        foreach (string table in _metadataTables)
        {
            if (symbol.StartsWith(table, StringComparison.Ordinal))
                return ([Groups.Managed, Metadata, symbol], Category.Metadata);
        }

        if (Entity(symbol) is { } found)
            return (Path(found, found.Member is null ? symbol : null), null);
        if (Assembly(symbol) is { } owner)
            return ([Groups.Managed, owner, "", "", symbol], null);
        return ([Groups.Managed, symbol.StartsWith("__", StringComparison.Ordinal) || symbol.StartsWith("g_", StringComparison.Ordinal) ? Tables : Unknown, symbol], null);
    }

    /// <summary>A literal's symbol is how it begins and a hash of it, which says nothing to people: eight digits tell literals apart.</summary>
    private static string Literal(string text)
    {
        const int Hash = 64, Kept = 8;
        return text.Length > Hash && text[^(Hash + 1)] == '_' && !text.AsSpan(text.Length - Hash).ContainsAnyExcept("0123456789ABCDEF") ? text[..^(Hash - Kept)] : text;
    }

    private static string[] Path(ManagedEntity entity, string? member) =>
        (entity.Member ?? member) is { } name
            ? [Groups.Managed, entity.Assembly, entity.Namespace, entity.Type, name]
            : [Groups.Managed, entity.Assembly, entity.Namespace, entity.Type];

    private static string Label(string prefix) => prefix switch
    {
        "_ZTV" or "vtable for " => "(method table)",
        "__GCSTATICS" or "__NONGCSTATICS" or "__THREADSTATICS" or "__TypeThreadStaticIndex" => "(static fields)",
        "__InterfaceDispatchMap_" or "__InterfaceDispatchCell_" => "(interface dispatch)",
        "__GenericDict_" or "__GenericLookupFromType_" or "__GenericLookupFromDict_" => "(generic dictionary)",
        "__FrozenObj_" => "(objects made while compiling)",
        _ => "(" + prefix.Trim('_') + ")",
    };

    /// <summary>A mangled name as a whole, or the type that it begins with: what follows is a member, behind two underscores.</summary>
    private ManagedEntity? Entity(string mangled)
    {
        if (_mstat is null)
            return null;
        if (mangled.StartsWith("Boxed_", StringComparison.Ordinal))
            mangled = mangled["Boxed_".Length..];
        if (mangled.StartsWith("<Boxed>", StringComparison.Ordinal) && mangled.IndexOf("__<unbox>", StringComparison.Ordinal) is > 0 and var unbox)
            mangled = mangled[(unbox + "__<unbox>".Length)..];
        if (_mstat.Members.TryGetValue(mangled, out ManagedEntity? entity) || _mstat.Types.TryGetValue(mangled, out entity))
            return entity;
        for (int at = mangled.LastIndexOf("__", StringComparison.Ordinal); at > 0; at = mangled.LastIndexOf("__", at - 1, StringComparison.Ordinal))
        {
            string type = mangled[..at];
            if (_mstat.Types.TryGetValue(type, out entity) || _mstat.Members.TryGetValue(type, out entity))
                return entity;
            if (at < 2)
                break;
        }

        return null;
    }

    /// <summary>The assembly that a mangled name begins with.</summary>
    private string? Assembly(ReadOnlySpan<char> mangled)
    {
        string? best = null;
        int length = 0;
        foreach ((string name, string assembly) in _assemblies)
        {
            if (name.Length > length && mangled.StartsWith(name) && mangled.Length > name.Length && mangled[name.Length] == '_')
                (best, length) = (assembly, name.Length);
        }

        return best;
    }

    /// <summary>NativeAotNameMangler: `System.Private.` becomes `S.P.`, and what is no letter or digit an underscore.</summary>
    private static string Mangle(string assembly)
    {
        if (assembly.StartsWith("System.Private.", StringComparison.Ordinal))
            assembly = "S.P." + assembly["System.Private.".Length..];
        var mangled = new StringBuilder(assembly);
        for (int i = 0; i < mangled.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(mangled[i]))
                mangled[i] = '_';
        }

        return mangled.ToString();
    }
}
