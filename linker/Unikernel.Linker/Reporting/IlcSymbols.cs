using System.Text;
using Mono.Cecil;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// The names that ILC gives to methods in its object file (NativeAotNameMangler.cs in dotnet/runtime, src/coreclr/tools/aot/ILCompiler.Compiler): assembly,
/// type and method with everything but letters and digits as an underscore. Overloads have a number after it, which is not known here.
/// </summary>
internal static class IlcSymbols
{
    private const string SystemPrivate = "System.Private.";

    /// <summary>The symbol of a method that is not generic.</summary>
    public static string Of(MethodDefinition method)
    {
        string assembly = method.Module.Assembly.Name.Name;
        if (assembly.StartsWith(SystemPrivate, StringComparison.Ordinal))
            assembly = "S.P." + assembly[SystemPrivate.Length..];
        return $"{Sanitize(assembly)}_{Sanitize(method.DeclaringType.FullName)}__{Sanitize(method.Name)}";
    }

    private static string Sanitize(string name)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
            text.Append('_');
        foreach (char c in name)
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return text.ToString();
    }
}
