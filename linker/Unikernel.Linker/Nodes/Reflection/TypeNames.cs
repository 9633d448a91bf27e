using Mono.Cecil;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using TypeName = System.Reflection.Metadata.TypeName;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>A type that a string names, with the arguments of a constructed generic one (null: an argument that does not exist).</summary>
public sealed record NamedType(TypeDefinition Definition, IReadOnlyList<NamedType?> Arguments);

/// <summary>Type names in strings, as Type.GetType takes them.</summary>
public sealed class TypeNames(AssemblyStore store)
{
    private const int MaximumForwarders = 64;

    /// <summary>The type that a name means when code of <paramref name="from"/> asks for it; null when there is none.</summary>
    public NamedType? Resolve(string name, AssemblyDefinition? from) =>
        name.Length != 0 && TypeName.TryParse(name, out TypeName? parsed) ? Resolve(parsed, from) : null;

    /// <summary>A type of an assembly or one that it forwards, by reflection name (nested types with +).</summary>
    public TypeDefinition? Find(AssemblyDefinition assembly, string fullName) => Find(assembly, fullName, depth: 0);

    private TypeDefinition? Find(AssemblyDefinition assembly, string fullName, int depth)
    {
        string cecilName = fullName.Replace('+', '/').Replace("\\", "", StringComparison.Ordinal);
        if (TypeFacts.Find(assembly, cecilName) is { } type)
            return type;
        if (!assembly.MainModule.HasExportedTypes)
            return null;
        foreach (ExportedType exported in assembly.MainModule.ExportedTypes)
        {
            // Forwarders lead to the next assembly at most a few times; two that lead to each other end here too.
            if (exported.FullName == cecilName)
                return exported.Scope is AssemblyNameReference scope && depth < MaximumForwarders && store.TryGet(scope.Name) is { } target ? Find(target, fullName, depth + 1) : null;
        }

        return null;
    }

    /// <summary>
    /// The type and its arguments count as constructed. ILC gives up on a name of which a part is missing, so the arguments matter as
    /// much as the type: <c>[TypeDescriptionProvider("XTypeDescriptionProvider`1[[System.Xml.Linq.XElement, System.Xml.Linq]],…")]</c>.
    /// </summary>
    public static void CollectConstructed(DependencyCollector needs, NamedType type, string reason)
    {
        needs.Add(needs.Nodes.Constructed(type.Definition), reason);
        for (int i = 0; i < type.Arguments.Count; i++)
        {
            if (type.Arguments[i] is not { } argument)
                continue;
            CollectConstructed(needs, argument, reason);
            if (i < type.Definition.GenericParameters.Count)
                needs.Context.GenericFlow.Add(needs.Source, argument.Definition, type.Definition.GenericParameters[i]);
        }
    }

    private NamedType? Resolve(TypeName name, AssemblyDefinition? from)
    {
        var arguments = new List<NamedType?>();
        while (name.IsArray || name.IsByRef || name.IsPointer || name.IsConstructedGenericType)
        {
            if (name.IsConstructedGenericType)
            {
                arguments.AddRange(name.GetGenericArguments().Select(a => Resolve(a, from)));
                name = name.GetGenericTypeDefinition();
            }
            else
            {
                name = name.GetElementType();
            }
        }

        TypeDefinition? found = name.AssemblyName is { } assemblyName
            ? store.TryGet(assemblyName.Name) is { } assembly ? Find(assembly, name.FullName) : null
            : (from is null ? null : Find(from, name.FullName)) ?? Find(store.CoreLibrary, name.FullName);
        return found is null ? null : new NamedType(found, arguments);
    }
}
