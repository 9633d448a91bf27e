using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Oracle.Tests;

/// <summary>
/// What ILC compiled, from the mstat file that it writes: an assembly whose methods "Methods" and "Types" name everything by ldtoken
/// (dotnet/runtime, src/coreclr/tools/aot/ILCompiler.Compiler/Compiler/MstatObjectDumper.cs).
/// </summary>
internal sealed class CompiledCode
{
    public CompiledCode(string mstat)
    {
        ModuleDefinition module = ModuleDefinition.ReadModule(mstat);
        Types = [.. Tokens(module, "Types").OfType<TypeReference>()];
        Methods = [.. Tokens(module, "Methods").OfType<MethodReference>()];
    }

    public IReadOnlyList<TypeReference> Types { get; }

    /// <summary>Every instantiation of its own.</summary>
    public IReadOnlyList<MethodReference> Methods { get; }

    /// <summary>The methods of IL, each once: without what ILC makes itself.</summary>
    public IReadOnlySet<string> Definitions => field ??= Methods
        .Where(m => !IsSynthetic(m.DeclaringType) && !IsMadeByIlc(m))
        .Select(m => m.GetElementMethod())
        .Select(m => $"{Innermost(m.DeclaringType)!.Scope.Name} {Innermost(m.DeclaringType)!.FullName}::{m.Name}/{m.Parameters.Count}")
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>What was compiled but does not exist, with its code, in other assemblies. Code that is but a throw was so in the source.</summary>
    public IEnumerable<string> MissingIn(IEnumerable<string> assemblies, IEnumerable<string> source)
    {
        HashSet<(string, string, string, int)> throws = [.. source.SelectMany(path => ModuleDefinition.ReadModule(path).GetTypes())
            .SelectMany(t => t.Methods).Where(IsEmptied).Select(m => (m.Module.Assembly.Name.Name, m.DeclaringType.FullName, m.Name, m.Parameters.Count))];

        // By assembly too: System.SR, Interop and others are in nearly every assembly of the framework.
        var types = new Dictionary<(string Assembly, string Type), TypeDefinition>();
        foreach (string path in assemblies)
        {
            ModuleDefinition module = ModuleDefinition.ReadModule(path);
            foreach (TypeDefinition type in module.GetTypes())
                types.TryAdd((module.Assembly.Name.Name, type.FullName), type);
        }

        foreach (TypeReference reference in Types)
        {
            if (Innermost(reference) is { } type && !IsSynthetic(type) && !types.ContainsKey(Key(type)))
                yield return "type " + reference.FullName;
        }

        foreach (MethodReference reference in Methods)
        {
            MethodReference method = reference.GetElementMethod();
            if (Innermost(method.DeclaringType) is not { } declaring || IsSynthetic(declaring))
                continue;
            if (!types.TryGetValue(Key(declaring), out TypeDefinition? type))
            {
                yield return "type of " + method.FullName;
                continue;
            }

            List<MethodDefinition> named = [.. type.Methods.Where(m => m.Name == method.Name && m.Parameters.Count == method.Parameters.Count)];
            if (named.Count == 0 ? !IsMadeByIlc(method) && !IsDelegateThunk(method, type)
                : named.All(IsEmptied) && !throws.Contains((declaring.Scope.Name, declaring.FullName, method.Name, method.Parameters.Count)))
                yield return method.FullName + " of " + method.DeclaringType.Scope.Name;
        }
    }

    /// <summary>How many methods with code of their own assemblies have.</summary>
    public static int MethodsIn(IEnumerable<string> assemblies) =>
        assemblies.Sum(path => ModuleDefinition.ReadModule(path).GetTypes().Sum(t => t.Methods.Count(m => m.HasBody && !IsEmptied(m))));

    private static IEnumerable<MemberReference> Tokens(ModuleDefinition module, string name) => module.Types[0].Methods.Single(m => m.Name == name)
        .Body.Instructions.Where(i => i.OpCode.Code == Code.Ldtoken).Select(i => (MemberReference)i.Operand);

    private static (string Assembly, string Type) Key(TypeReference type) => (type.Scope.Name, type.FullName);

    private static TypeReference? Innermost(TypeReference type)
    {
        while (type is TypeSpecification specification and not FunctionPointerType)
            type = specification.ElementType;
        return type is FunctionPointerType or GenericParameter ? null : type;
    }

    private static bool IsSynthetic(TypeReference type) =>
        Innermost(type) is not { } inner || inner.Name.StartsWith("Boxed_", StringComparison.Ordinal) || inner.Name is "<Module>"
        || inner.FullName is "System.__Canon" || inner.Scope.Name == "System.Private.CompilerGenerated";

    // Thunks, unboxing stubs, field helpers of value types' Equals: no IL has them.
    private static bool IsMadeByIlc(MethodReference method) =>
        method.Name.StartsWith("__", StringComparison.Ordinal) || method.Name.EndsWith("Thunk", StringComparison.Ordinal)
        || method.Name.EndsWith("_Unbox", StringComparison.Ordinal) || method.Name.StartsWith("IL_STUB", StringComparison.Ordinal);

    private static bool IsDelegateThunk(MethodReference method, TypeDefinition type) => type.BaseType?.Name == "MulticastDelegate" && method.Name == "GetThunk";

    // The linker's body of a method of which only the signature is needed.
    private static bool IsEmptied(MethodDefinition method) =>
        method.HasBody && method.Body.Instructions is [{ OpCode.Code: Code.Ldnull }, { OpCode.Code: Code.Throw }];
}
