using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Obfuscator;

/// <summary>
/// Takes the names away that nothing asks for. What is dispatched by name keeps one name for all of its implementations; the rest of a type's methods share a
/// name as long as they differ in parameters or in nothing but the result (ECMA-335 II.22.26).
/// </summary>
internal static class Renamer
{
    private const string Alphabet = "\u200b\u200c\u200d\u2060\u00ad"; // of no width

    public static void Rename(ModuleDefinition module, bool fieldsShareNames)
    {
        TypeDefinition[] types = [.. module.GetTypes().Where(type => type.Name != "<Module>")];
        Dictionary<MemberReference, IMemberDefinition> references = References(types);
        HashSet<string> foreign = ForeignNames(types);
        var dispatched = new Dictionary<string, string>(StringComparer.Ordinal);
        int number = 0;
        foreach (TypeDefinition type in types)
        {
            RemoveAttributes(type);
            bool isKept = IsKept(type);
            if (!isKept)
            {
                RenameMembers(type, fieldsShareNames, foreign, dispatched);
            }
        }

        foreach (TypeDefinition type in types.Where(type => !IsKept(type)))
        {
            string arity = type.Name.Contains('`', StringComparison.Ordinal) ? type.Name[type.Name.IndexOf('`', StringComparison.Ordinal)..] : "";
            type.Namespace = "";
            type.Name = Name(++number) + arity;
        }

        foreach ((MemberReference reference, IMemberDefinition definition) in references)
        {
            reference.Name = definition.Name;
        }
    }

    private static void RenameMembers(TypeDefinition type, bool fieldsShareNames, HashSet<string> foreign, Dictionary<string, string> dispatched)
    {
        int number = 0;
        var fields = new HashSet<string>(StringComparer.Ordinal);
        foreach (FieldDefinition field in type.Fields.Where(field => !field.IsRuntimeSpecialName && (fieldsShareNames || field.InitialValue.Length == 0)))
        {
            number = fieldsShareNames ? 1 : number + 1;
            while (!fields.Add(Name(number) + field.FieldType.FullName))
            {
                number++;
            }

            field.Name = Name(number);
        }

        var methods = new HashSet<string>(StringComparer.Ordinal);
        foreach (MethodDefinition method in type.Methods.Where(method => !method.IsConstructor && !method.IsRuntime && !foreign.Contains(method.Name)))
        {
            if (method.IsVirtual)
            {
                if (!dispatched.TryGetValue(method.Name, out string? name))
                {
                    dispatched.Add(method.Name, name = "\u202e" + Name(dispatched.Count + 1));
                }

                method.Name = name;
            }
            else
            {
                string signature = method.FullName[method.FullName.IndexOf('(', StringComparison.Ordinal)..] + method.ReturnType + method.GenericParameters.Count;
                int at = 1;
                while (!methods.Add(Name(at) + signature))
                {
                    at++;
                }

                method.Name = Name(at);
            }

            foreach (ParameterDefinition parameter in method.Parameters)
            {
                parameter.Name = "";
            }
        }

        type.Properties.Clear();
        type.Events.Clear();
    }

    // What compilers say of their own code names types, and nobody reads it.
    private static void RemoveAttributes(TypeDefinition type)
    {
        foreach (MethodDefinition method in type.Methods)
        {
            for (int i = method.CustomAttributes.Count - 1; i >= 0; i--)
            {
                if (method.CustomAttributes[i].AttributeType.Name.EndsWith("StateMachineAttribute", StringComparison.Ordinal))
                {
                    method.CustomAttributes.RemoveAt(i);
                }
            }
        }

        // Read, they are written with the names that the types have then.
        foreach (CustomAttribute attribute in type.CustomAttributes)
        {
            _ = attribute.ConstructorArguments.Count + attribute.Properties.Count;
        }
    }

    private static bool IsKept(TypeDefinition type) =>
        type.BaseType?.FullName == "System.Attribute" || type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "ObfuscationAttribute");

    // In generic types members are named, not pointed at.
    private static Dictionary<MemberReference, IMemberDefinition> References(TypeDefinition[] types)
    {
        var references = new Dictionary<MemberReference, IMemberDefinition>(ReferenceEqualityComparer.Instance as IEqualityComparer<MemberReference>);
        void Add(MemberReference? reference)
        {
            if (reference is GenericInstanceMethod instance)
            {
                reference = instance.ElementMethod;
            }

            if (reference is MethodReference and not MethodDefinition or FieldReference and not FieldDefinition
                && reference.DeclaringType?.GetElementType() is TypeDefinition && reference.Name != "\0" && reference.Resolve() is { } definition)
            {
                references.TryAdd(reference, definition);
            }
        }

        foreach (MethodDefinition method in types.SelectMany(type => type.Methods))
        {
            foreach (MethodReference overridden in method.Overrides)
            {
                Add(overridden);
            }

            foreach (Instruction instruction in method.HasBody ? method.Body.Instructions : [])
            {
                Add(instruction.Operand as MemberReference);
            }
        }

        return references;
    }

    // Of virtual methods of other assemblies, which ours may override or implement.
    private static HashSet<string> ForeignNames(TypeDefinition[] types)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<TypeDefinition>();
        var queue = new Queue<TypeReference?>(types.SelectMany(type => type.Interfaces.Select(i => i.InterfaceType).Append(type.BaseType)));
        while (queue.TryDequeue(out TypeReference? reference))
        {
            if (reference?.Resolve() is not { } type || types.Contains(type) || !seen.Add(type))
            {
                continue;
            }

            names.UnionWith(type.Methods.Where(method => method.IsVirtual).Select(method => method.Name));
            queue.Enqueue(type.BaseType);
            foreach (InterfaceImplementation implementation in type.Interfaces)
            {
                queue.Enqueue(implementation.InterfaceType);
            }
        }

        return names;
    }

    private static string Name(int number)
    {
        string name = "";
        for (; number > 0; number /= Alphabet.Length)
        {
            name += Alphabet[number % Alphabet.Length];
        }

        return name;
    }
}
