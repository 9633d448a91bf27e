using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// Fields of one type may share a name and differ in type (ECMA-335 II.22.15), and obfuscators make use of it. ILC finds the field of a reference by the name
/// alone (EcmaModule.ResolveMemberReference), so that the code of a generic type reads another field. Here the second of a name gets one of its own.
/// </summary>
internal sealed class FieldNames(MemberResolver resolver)
{
    /// <summary>Gives the fields of each type distinct names, in the definitions and in all code that refers to them.</summary>
    public void MakeDistinct(IReadOnlyList<AssemblyDefinition> assemblies)
    {
        var names = new Dictionary<FieldDefinition, string>();
        foreach (TypeDefinition type in assemblies.SelectMany(assembly => assembly.MainModule.GetTypes()))
            AddDistinct(type, names);
        if (names.Count == 0)
            return;

        // All are found before the first is renamed: Cecil finds by name and type.
        List<(FieldReference Reference, string Name)> references =
        [
            .. from type in assemblies.SelectMany(assembly => assembly.MainModule.GetTypes())
               from method in type.Methods
               where method.HasBody
               from instruction in method.Body.Instructions
               where instruction.Operand is FieldReference and not FieldDefinition
               let reference = (FieldReference)instruction.Operand
               where resolver.Resolve(reference) is { } field && names.ContainsKey(field)
               select (reference, names[resolver.Resolve(reference)!]),
        ];
        foreach ((FieldDefinition field, string name) in names)
            field.Name = name;
        foreach ((FieldReference reference, string name) in references)
            reference.Name = name;
    }

    private static void AddDistinct(TypeDefinition type, Dictionary<FieldDefinition, string> names)
    {
        if (type.Fields.Count < 2)
            return;
        var taken = new HashSet<string>(type.Fields.Count, StringComparer.Ordinal);
        List<FieldDefinition>? repeated = null;
        foreach (FieldDefinition field in type.Fields)
        {
            if (!taken.Add(field.Name))
                (repeated ??= []).Add(field);
        }

        foreach (FieldDefinition field in repeated ?? [])
        {
            int number = 2;
            string name;
            while (!taken.Add(name = $"{field.Name}#{number}"))
                number++;
            names.Add(field, name);
        }
    }
}
