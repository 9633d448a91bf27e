using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Replace;

/// <summary>A body that is replaced by a constant, by nothing, or by a throw.</summary>
/// <param name="Throws">Calls throw: the feature was removed.</param>
/// <param name="Value">The constant result: null (void or a null reference), int, long, float, double or string.</param>
public sealed record BodySubstitution(bool Throws, object? Value);

/// <summary>
/// Substitutions in ILLink's format (https://github.com/dotnet/runtime/blob/main/docs/tools/illink/data-formats.md), embedded in
/// assemblies or given as files, and feature switches declared by [FeatureSwitchDefinition]. ILC reads the same; we apply them first
/// because what they cut off must not be marked.
/// </summary>
public sealed class Substitutions
{
    private const string EmbeddedName = "ILLink.Substitutions.xml";

    private readonly Dictionary<MethodDefinition, BodySubstitution> _methods = [];
    private readonly Dictionary<MethodDefinition, BodySubstitution?> _switches = [];
    private readonly Dictionary<FieldDefinition, object> _fields = [];
    private readonly Dictionary<AssemblyDefinition, HashSet<string>> _removedResources = [];
    private readonly HashSet<AssemblyDefinition> _read = [];
    private readonly SubstitutionReader _reader;
    private readonly FeatureSettings _features;

    public Substitutions(AssemblyStore store, FeatureSettings features, SubstitutionReader reader)
    {
        _features = features;
        _reader = reader;
        Folder = new ConstantFolder(this, store.Resolver);
    }

    /// <summary>Removes branches that constants decide.</summary>
    public ConstantFolder Folder { get; }

    /// <summary>Reads a file given on the command line.</summary>
    public void ReadFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        _reader.Read(stream, path, null, _methods, _fields, Resources);
    }

    /// <summary>The substitution of a method's body, if any.</summary>
    public BodySubstitution? Find(MethodDefinition method)
    {
        ReadEmbedded(method.Module.Assembly);
        if (_methods.TryGetValue(method, out BodySubstitution? substitution))
            return substitution;
        if (!method.IsGetter || !method.IsStatic || method.ReturnType.MetadataType != MetadataType.Boolean)
            return null;
        if (!_switches.TryGetValue(method, out substitution))
            _switches.Add(method, substitution = FromFeatureSwitch(method));
        return substitution;
    }

    /// <summary>The constant value of a static field, if one was given.</summary>
    public object? Find(FieldDefinition field)
    {
        ReadEmbedded(field.Module.Assembly);
        return _fields.GetValueOrDefault(field);
    }

    /// <summary>Whether a resource is removed by a feature switch.</summary>
    public bool IsRemoved(AssemblyDefinition assembly, string resource)
    {
        ReadEmbedded(assembly);
        return _removedResources.TryGetValue(assembly, out HashSet<string>? names) && names.Contains(resource);
    }

    private HashSet<string> Resources(AssemblyDefinition assembly)
    {
        if (!_removedResources.TryGetValue(assembly, out HashSet<string>? names))
            _removedResources.Add(assembly, names = new HashSet<string>(StringComparer.Ordinal));
        return names;
    }

    private void ReadEmbedded(AssemblyDefinition assembly)
    {
        if (!_read.Add(assembly) || EmbeddedXml.Open(assembly, EmbeddedName) is not { } stream)
            return;
        using (stream)
            _reader.Read(stream, $"{assembly.Name.Name}!{EmbeddedName}", assembly, _methods, _fields, Resources);
    }

    private BodySubstitution? FromFeatureSwitch(MethodDefinition getter)
    {
        if (Nodes.TypeFacts.PropertyOf(getter) is not { HasCustomAttributes: true } property)
            return null;
        foreach (CustomAttribute attribute in property.CustomAttributes)
        {
            if (attribute.AttributeType.Name == "FeatureSwitchDefinitionAttribute"
                && attribute.ConstructorArguments is [{ Value: string name }] && _features.Get(name) is { } value)
            {
                return new BodySubstitution(Throws: false, value ? 1 : 0);
            }
        }

        return null;
    }
}

/// <summary>Resources of assemblies that speak to trimmers.</summary>
internal static class EmbeddedXml
{
    public static Stream? Open(AssemblyDefinition assembly, string name)
    {
        if (!assembly.MainModule.HasResources)
            return null;
        foreach (Resource resource in assembly.MainModule.Resources)
        {
            if (resource is EmbeddedResource embedded && resource.Name == name)
                return embedded.GetResourceStream();
        }

        return null;
    }
}
