using System.Text;
using Mono.Cecil;

namespace Unikernel.Linker.Replace;

/// <summary>Method signatures as ILLink's XML writes them: <c>System.Boolean Name(System.Int32,T[])</c>.</summary>
public static class MemberSignatures
{
    /// <summary>The method of a type with a signature; blanks do not count, and the return type may be left out.</summary>
    public static MethodDefinition? FindMethod(TypeDefinition type, string signature)
    {
        string wanted = Normalize(signature);
        foreach (MethodDefinition method in type.Methods)
        {
            if (wanted.Contains(method.Name, StringComparison.Ordinal) && (Normalize(Format(method)) == wanted || Normalize(Format(method, withReturn: false)) == wanted))
                return method;
        }

        return null;
    }

    /// <summary>Writes a signature.</summary>
    public static string Format(MethodDefinition method, bool withReturn = true)
    {
        var text = new StringBuilder();
        if (withReturn)
            text.Append(method.ReturnType.FullName).Append(' ');
        text.Append(method.Name);
        if (method.HasGenericParameters)
            text.Append('<').AppendJoin(',', method.GenericParameters.Select(p => p.Name)).Append('>');
        return text.Append('(').AppendJoin(',', method.Parameters.Select(p => p.ParameterType.FullName)).Append(')').ToString();
    }

    private static string Normalize(string signature) => signature.Replace(" ", "", StringComparison.Ordinal).Replace('+', '/');
}
