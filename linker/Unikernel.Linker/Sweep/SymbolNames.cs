using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// ILC makes a symbol of a method, or of the data of a field, of its type's name, two underscores and its own name, in each of which whatever is no ASCII
/// letter or digit is an underscore, and what is not unique gets a number (NativeAotNameMangler). Where names consist of nothing else, as obfuscators like them,
/// two symbols can be one, which ends ILC ("An item with the same key has already been added"). Methods and fields of such names get one with letters, but only
/// in such a program: stack traces show them.
/// </summary>
internal static class SymbolNames
{
    /// <summary>Renames in all assemblies what could collide in one of them: virtual methods match by name across assemblies.</summary>
    public static void MakeDistinct(IReadOnlyList<AssemblyDefinition> assemblies)
    {
        var methods = new Dictionary<string, string>(StringComparer.Ordinal);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (TypeDefinition type in assemblies.Where(CanCollide).SelectMany(assembly => assembly.MainModule.GetTypes()))
        {
            foreach (MethodDefinition method in type.Methods.Where(method => HasNoLetter(method.Name)))
                methods.TryAdd(method.Name, $"m{methods.Count + 1}");
            foreach (FieldDefinition field in type.Fields.Where(field => HasData(field) && HasNoLetter(field.Name)))
                fields.TryAdd(field.Name, $"f{fields.Count + 1}");
        }

        if (methods.Count + fields.Count == 0)
            return;
        foreach (TypeDefinition type in assemblies.SelectMany(assembly => assembly.MainModule.GetTypes()))
        {
            // Data is private to its assembly and of a type that is not generic: nothing refers to it by name.
            foreach (FieldDefinition field in type.Fields.Where(HasData))
                field.Name = fields.GetValueOrDefault(field.Name, field.Name);
            foreach (MethodDefinition method in type.Methods)
                Rename(method, methods);
        }
    }

    private static void Rename(MethodDefinition method, Dictionary<string, string> names)
    {
        method.Name = names.GetValueOrDefault(method.Name, method.Name);
        IEnumerable<MethodReference> called = method.HasBody ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>() : [];
        foreach (MethodReference reference in called.Concat(method.Overrides))
        {
            MethodReference named = reference.GetElementMethod();
            named.Name = names.GetValueOrDefault(named.Name, named.Name);
        }
    }

    // Whether two members could get one symbol, whichever numbers ILC gives them.
    private static bool CanCollide(AssemblyDefinition assembly)
    {
        if (!assembly.MainModule.GetTypes().Any(type => HasNoLetter(type.Name)))
            return false;
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IGrouping<string, TypeDefinition> types in assembly.MainModule.GetTypes().GroupBy(type => Sanitized(type.FullName)))
        {
            IEnumerable<IMemberDefinition> members = types.SelectMany(type => type.Methods.Cast<IMemberDefinition>().Concat(type.Fields.Where(HasData)));
            foreach (var member in members.GroupBy(member => (IsField: member is FieldDefinition, Name: Sanitized(member.Name))))
            {
                string owner = $"{types.Key} {member.Key}";
                IEnumerable<string> symbols = Numbered(types.Key, types.Count()).SelectMany(type => Numbered($"{type}__{member.Key.Name}", member.Count()));
                if (symbols.Any(symbol => !owners.TryAdd(symbol, owner) && owners[symbol] != owner))
                    return true;
            }
        }

        return false;
    }

    private static bool HasData(FieldDefinition field) => field.Attributes.HasFlag(FieldAttributes.HasFieldRVA);

    private static IEnumerable<string> Numbered(string name, int count) => Enumerable.Range(0, count - 1).Select(number => $"{name}_{number}").Prepend(name);

    private static bool HasNoLetter(string name) => name.Length > 0 && !name.Any(char.IsAsciiLetterOrDigit);

    private static string Sanitized(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name)
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return text.ToString();
    }
}
