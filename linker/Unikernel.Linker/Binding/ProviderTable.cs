using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Binding;

/// <summary>
/// Which C# method provides which entry point: every static method with <c>[ProvidesEntryPoint(library, entryPoint)]</c> in the provider
/// assemblies. The attribute is recognised by name, so that a package can declare its own copy of it.
/// </summary>
public sealed class ProviderTable
{
    private const string AttributeName = "Unikernel.Binding.ProvidesEntryPointAttribute";

    private readonly SortedDictionary<EntryPoint, MethodDefinition> _providers = [];

    /// <summary>The providers in the order of their entry points.</summary>
    public IEnumerable<KeyValuePair<EntryPoint, MethodDefinition>> All => _providers;

    /// <summary>Collects the providers of the given assemblies.</summary>
    public static ProviderTable Read(IEnumerable<AssemblyDefinition> assemblies, MemberResolver resolver, MessageLog log)
    {
        var table = new ProviderTable();
        foreach (AssemblyDefinition assembly in assemblies)
        {
            foreach (TypeDefinition type in assembly.MainModule.GetTypes())
            {
                if (!type.HasMethods)
                    continue;
                foreach (MethodDefinition method in type.Methods)
                {
                    if (method.HasCustomAttributes)
                        table.AddFrom(method, resolver, log);
                }
            }
        }

        return table;
    }

    /// <summary>The method that provides an entry point, if there is one.</summary>
    public MethodDefinition? Find(EntryPoint entry) => _providers.GetValueOrDefault(entry);

    private void AddFrom(MethodDefinition method, MemberResolver resolver, MessageLog log)
    {
        foreach (CustomAttribute attribute in method.CustomAttributes)
        {
            if (attribute.AttributeType.FullName != AttributeName)
                continue;
            if (attribute.ConstructorArguments is not [{ Value: string library }, { Value: string name }, ..])
            {
                log.Report(LinkingRules.InvalidProvider, SourceLocation.Of(method, null), method.FullName, "an entry point", "the attribute has no library and name");
                continue;
            }

            var entry = new EntryPoint(EntryPoint.Normalize(library), name);
            if (Reason(method, resolver) is { } reason)
            {
                log.Report(LinkingRules.InvalidProvider, SourceLocation.Of(method, null), method.FullName, entry, reason);
            }
            else if (!_providers.TryAdd(entry, method))
            {
                // Assemblies come in the order of precedence (the project's own before its packages, those before the library
                // OS), so only two providers within one assembly are a mistake.
                if (_providers[entry].Module == method.Module)
                    log.Report(LinkingRules.DuplicateProvider, SourceLocation.Of(method, null), entry, _providers[entry].FullName, method.FullName);
            }
        }
    }

    private static string? Reason(MethodDefinition method, MemberResolver resolver)
    {
        if (!method.IsStatic)
            return "it is not static";
        if (method.HasGenericParameters || method.DeclaringType.HasGenericParameters)
            return "it is generic";
        if (!method.HasBody)
            return "it has no body";
        foreach (ParameterDefinition parameter in method.Parameters)
        {
            if (!AbiShape.Of(parameter.ParameterType, resolver, runtimeMarshallingDisabled: true).IsBlittable)
                return $"its parameter '{parameter.Name}' of type {parameter.ParameterType.FullName} is not blittable";
        }

        return AbiShape.Of(method.ReturnType, resolver, runtimeMarshallingDisabled: true).IsBlittable
            ? null
            : $"its return type {method.ReturnType.FullName} is not blittable";
    }
}
