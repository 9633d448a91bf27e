using Mono.Cecil;

namespace Unikernel.Linker.Nodes;

/// <summary>Questions about definitions that several nodes ask.</summary>
public static class TypeFacts
{
    public static bool IsDelegate(TypeDefinition type) =>
        type.BaseType is { Namespace: "System", Name: "MulticastDelegate" };

    /// <summary>A type by its full name, nested types with / or +; null also for a name that is empty.</summary>
    public static TypeDefinition? Find(AssemblyDefinition assembly, string fullName) =>
        fullName.Length == 0 ? null : assembly.MainModule.GetType(fullName.Replace('+', '/'));

    public static MethodDefinition? StaticConstructor(TypeDefinition type)
    {
        if (!type.HasMethods)
            return null;
        foreach (MethodDefinition method in type.Methods)
        {
            if (method.IsStatic && method.IsConstructor)
                return method;
        }

        return null;
    }

    public static PropertyDefinition? PropertyOf(MethodDefinition accessor)
    {
        foreach (PropertyDefinition property in accessor.DeclaringType.Properties)
        {
            if (property.GetMethod == accessor || property.SetMethod == accessor || property.OtherMethods.Contains(accessor))
                return property;
        }

        return null;
    }

    public static EventDefinition? EventOf(MethodDefinition accessor)
    {
        foreach (EventDefinition @event in accessor.DeclaringType.Events)
        {
            if (@event.AddMethod == accessor || @event.RemoveMethod == accessor || @event.InvokeMethod == accessor)
                return @event;
        }

        return null;
    }

    /// <summary>Names that a C# compiler gives to what the programmer did not name: closures, state machines, local functions.</summary>
    public static bool IsCompilerGenerated(string name) => name.StartsWith('<');

    /// <summary>The type that the programmer wrote around compiler-generated ones.</summary>
    public static TypeDefinition OutermostUserType(TypeDefinition type)
    {
        while (IsCompilerGenerated(type.Name) && type.DeclaringType is { } declaring)
            type = declaring;
        return type;
    }
}
