using System.Text;
using Mono.Cecil;

namespace Unikernel.Linker.Surface;

/// <summary>Documentation-comment ids (ECMA-334, annex D) of members, without the type's name.</summary>
public static class DocumentationId
{
    /// <summary>The id of a method relative to its type, for instance <c>M:Start(System.String)</c>.</summary>
    public static string Of(MethodDefinition method)
    {
        var text = new StringBuilder("M:").Append(MemberName(method.Name));
        if (method.HasGenericParameters)
            text.Append("``").Append(method.GenericParameters.Count);
        AppendParameters(text, method.Parameters);
        if (method.Name is "op_Implicit" or "op_Explicit")
        {
            text.Append('~');
            AppendType(text, method.ReturnType);
        }

        return text.ToString();
    }

    /// <summary>The id of a property relative to its type, for instance <c>P:Id</c>.</summary>
    public static string Of(PropertyDefinition property)
    {
        var text = new StringBuilder("P:").Append(MemberName(property.Name));
        AppendParameters(text, property.Parameters);
        return text.ToString();
    }

    /// <summary>The id of an event relative to its type, for instance <c>E:Exited</c>.</summary>
    public static string Of(EventDefinition @event) => "E:" + MemberName(@event.Name);

    private static string MemberName(string name) => name.Replace('.', '#').Replace('<', '{').Replace('>', '}').Replace(',', '@');

    private static void AppendParameters(StringBuilder text, Mono.Collections.Generic.Collection<ParameterDefinition> parameters)
    {
        if (parameters.Count == 0)
            return;
        text.Append('(');
        for (int i = 0; i < parameters.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            AppendType(text, parameters[i].ParameterType);
        }

        text.Append(')');
    }

    private static void AppendType(StringBuilder text, TypeReference type)
    {
        switch (type)
        {
            case GenericParameter parameter:
                text.Append(parameter.Type == GenericParameterType.Method ? "``" : "`").Append(parameter.Position);
                break;
            case ByReferenceType reference:
                AppendType(text, reference.ElementType);
                text.Append('@');
                break;
            case PointerType pointer:
                AppendType(text, pointer.ElementType);
                text.Append('*');
                break;
            case ArrayType array:
                AppendType(text, array.ElementType);
                text.Append(array.IsVector ? "[]" : "[" + string.Join(',', Enumerable.Repeat("0:", array.Rank)) + "]");
                break;
            case IModifierType modified:
                AppendType(text, modified.ElementType);
                break;
            case GenericInstanceType instance:
                AppendInstance(text, instance);
                break;
            default:
                text.Append(type.FullName.Replace('/', '.'));
                break;
        }
    }

    // Arguments stand with the part of the name that declares them: Outer{A}.Inner{B}.
    private static void AppendInstance(StringBuilder text, GenericInstanceType instance)
    {
        int next = 0;
        string[] parts = instance.ElementType.FullName.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
                text.Append('.');
            int tick = parts[i].IndexOf('`', StringComparison.Ordinal);
            if (tick < 0)
            {
                text.Append(parts[i]);
                continue;
            }

            text.Append(parts[i], 0, tick).Append('{');
            int count = int.Parse(parts[i].AsSpan(tick + 1), System.Globalization.CultureInfo.InvariantCulture);
            for (int j = 0; j < count; j++)
            {
                if (j > 0)
                    text.Append(',');
                AppendType(text, instance.GenericArguments[next++]);
            }

            text.Append('}');
        }
    }
}
