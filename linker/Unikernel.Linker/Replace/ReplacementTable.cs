using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Replace;

/// <summary>A framework method whose body is a C# method of ours.</summary>
/// <param name="Target">The framework's method.</param>
/// <param name="Method">Ours.</param>
/// <param name="Why">What of the framework's code does not hold on a unikernel.</param>
/// <param name="Unless">Members whose presence in the program leaves the target its own code.</param>
public sealed record Replacement(MethodDefinition Target, MethodDefinition Method, string Why, IReadOnlyList<MethodDefinition> Unless);

/// <summary>
/// Replacements by attribute: <c>[Replaces(assembly, type, method, Why = "…")]</c> on a static method whose parameters are the target's,
/// <c>this</c> first. Each is checked against the framework at every build, because it was written against a version of it.
/// </summary>
public sealed class ReplacementTable
{
    private const string AttributeName = "Unikernel.Binding.ReplacesAttribute";

    private readonly Dictionary<MethodDefinition, Replacement> _byTarget = [];
    private readonly Func<AssemblyDefinition, bool> _isUserCode;

    private ReplacementTable(Func<AssemblyDefinition, bool> isUserCode) => _isUserCode = isUserCode;

    public IEnumerable<Replacement> All => _byTarget.Values.OrderBy(r => r.Target.FullName, StringComparer.Ordinal);

    public static ReplacementTable Read(IEnumerable<AssemblyDefinition> assemblies, AssemblyStore store, Func<AssemblyDefinition, bool> isUserCode, FeatureSettings features, MessageLog log)
    {
        var table = new ReplacementTable(isUserCode);
        foreach (AssemblyDefinition assembly in assemblies)
        {
            foreach (TypeDefinition type in assembly.MainModule.GetTypes())
            {
                if (!type.HasMethods)
                    continue;
                foreach (MethodDefinition method in type.Methods)
                {
                    if (!method.HasCustomAttributes)
                        continue;
                    foreach (CustomAttribute attribute in method.CustomAttributes)
                    {
                        if (attribute.AttributeType.FullName == AttributeName && (Named(attribute, "UnlessFeature") is not { } feature || features.Get(feature) != true))
                            table.Add(method, attribute, store, log);
                    }
                }
            }
        }

        return table;
    }

    public Replacement? Find(MethodDefinition target) => _byTarget.GetValueOrDefault(target);

    /// <summary>The replacement of a method in a program of which all is known that it reaches.</summary>
    public Replacement? Find(MethodDefinition target, Func<MethodDefinition, bool> isReached) =>
        _byTarget.GetValueOrDefault(target) is { } replacement && !replacement.Unless.Any(isReached) ? replacement : null;

    /// <summary>The first 16 hexadecimal digits of a SHA-256 over opcodes and operands: what a replacement was written against.</summary>
    public static string Fingerprint(MethodDefinition method)
    {
        var text = new StringBuilder(MemberSignatures.Format(method)).Append('\n');
        if (method.HasBody)
        {
            var index = new Dictionary<Instruction, int>();
            foreach (Instruction instruction in method.Body.Instructions)
                index.Add(instruction, index.Count);
            foreach (Instruction instruction in method.Body.Instructions)
            {
                string operand = instruction.Operand switch
                {
                    null => "",
                    Instruction target => "#" + index[target].ToString(CultureInfo.InvariantCulture),
                    Instruction[] targets => string.Join(',', targets.Select(t => index[t])),
                    MemberReference member => member.FullName,
                    IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
                    var other => other.ToString() ?? "",
                };
                text.Append(instruction.OpCode.Name).Append(' ').Append(operand).Append('\n');
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }

    private void Add(MethodDefinition method, CustomAttribute attribute, AssemblyStore store, MessageLog log)
    {
        if (attribute.ConstructorArguments is not [{ Value: string assemblyName }, { Value: string typeName }, { Value: string methodName }])
            return;
        string why = Named(attribute, "Why") ?? "no reason given";
        string target = $"{assemblyName}!{typeName}::{methodName}";
        if (store.TryGet(assemblyName) is not { } assembly)
            return; // The program does not use that assembly at all.

        string? problem;
        MethodDefinition? found = null;
        if (!method.IsStatic || !method.HasBody)
        {
            problem = "the replacement is not a static method with a body";
        }
        else if (Nodes.TypeFacts.Find(assembly, typeName) is not { } type)
        {
            problem = "the type does not exist";
        }
        else
        {
            List<MethodDefinition> named = [.. type.Methods.Where(m => m.Name == methodName)];
            // An overload of exactly these types before one of the same shape.
            found = named.Find(m => m.Parameters.Select(p => p.ParameterType.FullName).SequenceEqual(method.Parameters.Select(p => p.ParameterType.FullName)) && HasShape(m, method, store.Resolver))
                ?? named.Find(m => HasShape(m, method, store.Resolver));
            problem = named.Count == 0 ? "the method does not exist"
                : found is null ? $"no overload takes '{method.FullName}'; there is {string.Join(" and ", named.Select(m => m.FullName))}"
                : null;
            if (found is not null && Named(attribute, "Fingerprint") is { } expected && Fingerprint(found) is var actual && actual != expected)
                problem = $"its code changed (fingerprint {actual} instead of {expected})";
        }

        List<MethodDefinition> unless = [];
        foreach (string member in problem is null ? Strings(attribute, "Unless") : [])
        {
            if (!TryFindMembers(member, store, unless))
                problem = $"there is no member '{member}', which leaves it its own code";
        }

        if (problem is not null)
            log.Report(LinkingRules.ReplacementMisfit, SourceLocation.Of(method, null), method.FullName, target, why, problem);
        else if (!_byTarget.TryAdd(found!, new Replacement(found!, method, why, unless)) && _byTarget[found!].Method.Module == method.Module)
            log.Report(LinkingRules.ReplacementMisfit, SourceLocation.Of(method, null), method.FullName, target, why, $"'{_byTarget[found!].Method.FullName}' replaces it too");
    }

    // assembly!type::method, ::method(parameters) or ::*end; nothing of an assembly that the program does not use. *!type::method: of the user's classes that derive
    // from the type, of which there may be none.
    private bool TryFindMembers(string member, AssemblyStore store, List<MethodDefinition> found)
    {
        int typeAt = member.IndexOf('!', StringComparison.Ordinal), methodAt = member.IndexOf("::", StringComparison.Ordinal);
        if (typeAt < 0 || methodAt < typeAt)
            return false;
        string typeName = member[(typeAt + 1)..methodAt], name = member[(methodAt + 2)..];
        if (member[..typeAt] == "*")
        {
            found.AddRange(
                from module in store.Loaded.Where(_isUserCode).Select(a => a.MainModule)
                where module.HasTypeReference(typeName)
                from derived in module.GetTypes()
                where derived.BaseType?.FullName == typeName
                from method in derived.Methods
                where IsNamed(method, name)
                select method);
            return true;
        }

        if (store.TryGet(member[..typeAt]) is not { } assembly)
            return true;
        IEnumerable<MethodDefinition> methods = Nodes.TypeFacts.Find(assembly, typeName) is { } type
            ? type.Methods.Where(m => IsNamed(m, name)) : [];
        int before = found.Count;
        found.AddRange(methods);
        return found.Count > before;
    }

    private static bool IsNamed(MethodDefinition method, string name) => name.StartsWith('*')
        ? method.Name.EndsWith(name[1..], StringComparison.Ordinal) : method.Name == name || MemberSignatures.Format(method, withReturn: false) == name;

    private static bool HasShape(MethodDefinition target, MethodDefinition replacement, MemberResolver resolver)
    {
        int offset = target.HasThis ? 1 : 0;
        if (replacement.Parameters.Count != target.Parameters.Count + offset || replacement.GenericParameters.Count != target.GenericParameters.Count)
            return false;
        if (!Accepts(replacement.ReturnType, target.ReturnType, resolver))
            return false;
        if (offset == 1 && !AcceptsThis(replacement.Parameters[0].ParameterType, target.DeclaringType, resolver))
            return false;
        for (int i = 0; i < target.Parameters.Count; i++)
        {
            if (!Accepts(replacement.Parameters[i + offset].ParameterType, target.Parameters[i].ParameterType, resolver))
                return false;
        }

        return true;
    }

    private static bool AcceptsThis(TypeReference given, TypeDefinition declaring, MemberResolver resolver)
    {
        if (!declaring.IsValueType)
            return Accepts(given, declaring, resolver);
        return given is PointerType || (given is ByReferenceType reference && Accepts(reference.ElementType, declaring, resolver));
    }

    // The same type; object for any class; the underlying integer for an enumeration; a pointer for a by-reference structure.
    private static bool Accepts(TypeReference given, TypeReference wanted, MemberResolver resolver)
    {
        if (given.FullName == wanted.FullName)
            return true;
        if (given.MetadataType == MetadataType.Object)
            return !wanted.IsValueType && wanted is not (PointerType or ByReferenceType or FunctionPointerType) && resolver.Resolve(wanted)?.IsValueType != true;
        if (wanted is ByReferenceType && given is PointerType { ElementType.MetadataType: MetadataType.Void })
            return true; // Also of structures that have references in them, which no pointer of their own type can be declared to.
        if (wanted is ByReferenceType && given is ByReferenceType byReference && byReference.ElementType.MetadataType == MetadataType.Object)
            return true;
        AbiShape a = AbiShape.Of(given, resolver, runtimeMarshallingDisabled: true);
        AbiShape b = AbiShape.Of(wanted, resolver, runtimeMarshallingDisabled: true);
        return AbiShape.Fits(b, a) && a.Kind is not AbiKind.Void == b.Kind is not AbiKind.Void;
    }

    private static IEnumerable<string> Strings(CustomAttribute attribute, string name) =>
        attribute.Properties.Where(p => p.Name == name).Select(p => p.Argument.Value).OfType<CustomAttributeArgument[]>()
            .SelectMany(values => values).Select(v => v.Value).OfType<string>();

    private static string? Named(CustomAttribute attribute, string name)
    {
        foreach (CustomAttributeNamedArgument argument in attribute.Properties)
        {
            if (argument.Name == name)
                return argument.Argument.Value as string;
        }

        return null;
    }
}
