using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Nodes.Reflection;
using Unikernel.Linker.Replace;

namespace Unikernel.Linker.Reporting;

/// <summary><c>fingerprint ASSEMBLY TYPE METHOD</c>: what <c>[Replaces(…, Fingerprint = "…")]</c> compares, for each overload.</summary>
public static class FingerprintCommand
{
    /// <exception cref="LinkerException">The file, the type or the method does not exist.</exception>
    public static void Write(AssemblyStore store, string path, string typeName, string methodName, TextWriter output)
    {
        store.Add(path);
        // The others of its folder, so that a facade leads to the assembly that holds the type.
        foreach (string other in Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, "*.dll"))
            store.Add(other);
        AssemblyDefinition assembly = store.TryGet(Path.GetFileNameWithoutExtension(path))!;
        TypeDefinition? type = new TypeNames(store).Find(assembly, typeName);
        List<MethodDefinition> methods = [.. type?.Methods.Where(m => m.Name == methodName) ?? []];
        if (methods.Count == 0)
            throw new LinkerException(LinkingRules.NothingToFingerprint, path, typeName, methodName, type is null ? "the type" : "the method");
        foreach (MethodDefinition method in methods)
            output.WriteLine($"{ReplacementTable.Fingerprint(method)}  {MemberSignatures.Format(method)}");
    }
}
