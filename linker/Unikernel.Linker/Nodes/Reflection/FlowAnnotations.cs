using Mono.Cecil;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>DynamicallyAccessedMembers annotations, read once per entity.</summary>
public sealed class FlowAnnotations
{
    private const string AttributeName = "DynamicallyAccessedMembersAttribute";

    private readonly Dictionary<MethodDefinition, MethodAnnotations?> _methods = [];
    private readonly Dictionary<FieldDefinition, MemberKinds> _fields = [];
    private readonly Dictionary<GenericParameter, MemberKinds> _parameters = [];
    private readonly Dictionary<TypeDefinition, MemberKinds> _types = [];

    private sealed record MethodAnnotations(MemberKinds This, MemberKinds Return, MemberKinds[] Parameters)
    {
        public MemberKinds Demanded { get; } = Parameters.Aggregate(This, (all, kinds) => all | kinds);
    }

    /// <summary>What a method demands of the types that are given to it (its parameters and, for reflection types, this).</summary>
    public MemberKinds DemandedBy(MethodDefinition method) => Of(method)?.Demanded ?? MemberKinds.None;

    /// <summary>What a method promises of the type that it returns, hence demands of what its body returns.</summary>
    public MemberKinds ReturnedBy(MethodDefinition method) => Of(method)?.Return ?? MemberKinds.None;

    public MemberKinds Of(ParameterDefinition parameter) =>
        parameter.Method is MethodDefinition method && Of(method) is { } annotations ? annotations.Parameters[parameter.Index] : MemberKinds.None;

    public MemberKinds Of(FieldDefinition field)
    {
        if (!_fields.TryGetValue(field, out MemberKinds kinds))
        {
            kinds = Read(field);
            // [DynamicallyAccessedMembers] on an automatic property holds for its backing field.
            if (kinds == MemberKinds.None && field.Name.StartsWith('<') && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end)
            {
                string name = field.Name[1..end];
                kinds = field.DeclaringType.Properties.FirstOrDefault(p => p.Name == name) is { } property ? Read(property) : MemberKinds.None;
            }

            _fields.Add(field, kinds);
        }

        return kinds;
    }

    /// <summary>The annotation of a generic parameter; a <c>new()</c> constraint is one too, because <c>new T()</c> uses reflection.</summary>
    public MemberKinds Of(GenericParameter parameter)
    {
        if (!_parameters.TryGetValue(parameter, out MemberKinds kinds))
        {
            kinds = Read(parameter);
            if (parameter.HasDefaultConstructorConstraint)
                kinds |= MemberKinds.PublicParameterlessConstructor;
            _parameters.Add(parameter, kinds);
        }

        return kinds;
    }

    /// <summary>What code may ask of <c>GetType()</c> of any object of the type.</summary>
    public MemberKinds Of(TypeDefinition type)
    {
        if (!_types.TryGetValue(type, out MemberKinds kinds))
            _types.Add(type, kinds = Read(type));
        return kinds;
    }

    public MemberKinds OfNamedProperty(TypeDefinition type, string name)
    {
        PropertyDefinition? property = type.Properties.FirstOrDefault(p => p.Name == name);
        return property is null ? MemberKinds.None : Read(property) | (property.SetMethod is { } setter ? DemandedBy(setter) : MemberKinds.None);
    }

    public MemberKinds OfNamedField(TypeDefinition type, string name) =>
        type.Fields.FirstOrDefault(f => f.Name == name) is { } field ? Of(field) : MemberKinds.None;

    private MethodAnnotations? Of(MethodDefinition method)
    {
        if (!_methods.TryGetValue(method, out MethodAnnotations? annotations))
            _methods.Add(method, annotations = ReadMethod(method));
        return annotations;
    }

    private static MethodAnnotations? ReadMethod(MethodDefinition method)
    {
        MemberKinds self = Read(method);
        MemberKinds returned = Read(method.MethodReturnType);
        MemberKinds any = self | returned;
        var parameters = new MemberKinds[method.Parameters.Count];
        for (int i = 0; i < parameters.Length; i++)
            any |= parameters[i] = Read(method.Parameters[i]);

        if ((method.IsGetter || method.IsSetter) && TypeFacts.PropertyOf(method) is { HasCustomAttributes: true } property
            && Read(property) is not MemberKinds.None and var kinds)
        {
            any |= kinds;
            if (method.IsGetter)
                returned |= kinds;
            else if (parameters.Length > 0)
                parameters[^1] |= kinds;
        }

        return any == MemberKinds.None ? null : new MethodAnnotations(self, returned, parameters);
    }

    private static MemberKinds Read(ICustomAttributeProvider provider)
    {
        if (!provider.HasCustomAttributes)
            return MemberKinds.None;
        foreach (CustomAttribute attribute in provider.CustomAttributes)
        {
            if (attribute.AttributeType.Name != AttributeName)
                continue;
            // The blob is prolog (2 bytes), the enumeration's Int32, number of named arguments (2 bytes): no need to resolve it.
            byte[] blob = attribute.GetBlob();
            if (blob.Length >= 6)
                return (MemberKinds)BitConverter.ToInt32(blob, 2);
        }

        return MemberKinds.None;
    }
}
