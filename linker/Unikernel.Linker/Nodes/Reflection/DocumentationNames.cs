using Mono.Cecil;

namespace Unikernel.Linker.Nodes.Reflection;

/// <summary>
/// Member signatures in the format of documentation comments without the prefix, as DynamicDependency uses them:
/// <c>Method(System.Int32,System.String)</c>, <c>#ctor</c>, <c>Nested.Member</c>, or a name alone for all overloads.
/// </summary>
public static class DocumentationNames
{
    /// <summary>The members of a type that a signature names.</summary>
    public static IEnumerable<IMemberDefinition> Find(TypeDefinition type, string signature)
    {
        int parenthesis = signature.IndexOf('(', StringComparison.Ordinal);
        string name = (parenthesis < 0 ? signature : signature[..parenthesis]).Replace('#', '.');
        string? parameters = parenthesis < 0 ? null : signature[(parenthesis + 1)..].TrimEnd(')');
        int arity = name.IndexOf("``", StringComparison.Ordinal);
        if (arity >= 0)
            name = name[..arity];

        if (parameters is null)
        {
            foreach (IMemberDefinition member in ((IEnumerable<IMemberDefinition>)type.Fields).Concat(type.Properties).Concat(type.Events).Concat(type.NestedTypes))
            {
                if (member.Name == name)
                    yield return member;
            }
        }

        // Types are compared by number only: an overload too many is kept rather than one lost to a spelling of a generic type.
        int? count = parameters is null ? null : CountParameters(parameters);
        foreach (MethodDefinition method in type.Methods)
        {
            if (method.Name == name && (count is null || method.Parameters.Count == count))
                yield return method;
        }
    }

    /// <summary>A documentation type name (generic arity by `n, nested by dot) is tried as a reflection name.</summary>
    public static string ToReflection(string typeName) => typeName;

    private static int CountParameters(string parameters)
    {
        if (parameters.Length == 0)
            return 0;
        int depth = 0;
        int count = 1;
        foreach (char c in parameters)
        {
            depth += c is '{' or '[' or '(' ? 1 : c is '}' or ']' or ')' ? -1 : 0;
            if (c == ',' && depth == 0)
                count++;
        }

        return count;
    }
}
