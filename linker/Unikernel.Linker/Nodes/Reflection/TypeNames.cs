using Mono.Cecil;
using Unikernel.Linker.Inputs;
using TypeName = System.Reflection.Metadata.TypeName;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>Type names in strings, as Type.GetType takes them.</summary>
public sealed class TypeNames(AssemblyStore store)
{
    /// <summary>The definition that a name means when code of <paramref name="from"/> asks for it; null when there is none.</summary>
    public TypeDefinition? Resolve(string name, AssemblyDefinition? from)
    {
        if (name.Length == 0 || !TypeName.TryParse(name, out TypeName? parsed))
            return null;
        while (parsed.IsArray || parsed.IsByRef || parsed.IsPointer || parsed.IsConstructedGenericType)
            parsed = parsed.IsConstructedGenericType ? parsed.GetGenericTypeDefinition() : parsed.GetElementType();

        if (parsed.AssemblyName is { } assemblyName)
            return store.TryGet(assemblyName.Name) is { } assembly ? Find(assembly, parsed.FullName) : null;
        return (from is null ? null : Find(from, parsed.FullName)) ?? Find(store.CoreLibrary, parsed.FullName);
    }

    /// <summary>A type of an assembly or one that it forwards, by reflection name (nested types with +).</summary>
    public TypeDefinition? Find(AssemblyDefinition assembly, string fullName)
    {
        string cecilName = fullName.Replace('+', '/').Replace("\\", "", StringComparison.Ordinal);
        if (assembly.MainModule.GetType(cecilName) is { } type)
            return type;
        if (!assembly.MainModule.HasExportedTypes)
            return null;
        foreach (ExportedType exported in assembly.MainModule.ExportedTypes)
        {
            if (exported.FullName == cecilName)
                return exported.Scope is AssemblyNameReference scope && store.TryGet(scope.Name) is { } target && target != assembly ? Find(target, fullName) : null;
        }

        return null;
    }
}
