using System.Globalization;
using Mono.Cecil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Binding;

/// <summary>How a value crosses the boundary to native code.</summary>
public enum AbiKind
{
    Void,
    Integer,
    Float,
    Pointer,
    Reference,
    Struct,
    NotBlittable,
}

/// <summary>
/// A parameter or return type reduced to what matters when a P/Invoke becomes a direct call: all pointers are one kind, an enum is
/// its integer, a struct is its fields. Two signatures fit when their shapes do.
/// </summary>
public readonly record struct AbiShape(AbiKind Kind, int Size, string Description)
{
    private const string MarshalAsName = "System.Runtime.InteropServices.MarshalAsAttribute";

    public bool IsBlittable => Kind is not AbiKind.NotBlittable;

    /// <summary>Reduces a type.</summary>
    /// <param name="type">The type as the signature has it.</param>
    /// <param name="resolver">Finds enums and structs.</param>
    /// <param name="runtimeMarshallingDisabled">
    /// With DisableRuntimeMarshallingAttribute bool is one byte and char two, both as they are; otherwise they are converted.
    /// </param>
    /// <param name="depth">Guards against structs that contain themselves.</param>
    public static AbiShape Of(TypeReference type, MemberResolver resolver, bool runtimeMarshallingDisabled, int depth = 0)
    {
        if (depth > 16)
            return NotBlittable(type);
        switch (type)
        {
            case IModifierType modifier:
                return Of(modifier.ElementType, resolver, runtimeMarshallingDisabled, depth + 1);
            case PointerType or FunctionPointerType:
                return new AbiShape(AbiKind.Pointer, 8, "pointer");
            case ByReferenceType reference:
                AbiShape target = Of(reference.ElementType, resolver, runtimeMarshallingDisabled, depth + 1);
                return target.IsBlittable ? new AbiShape(AbiKind.Reference, 8, "reference") : NotBlittable(type);
            case ArrayType or GenericParameter:
                return NotBlittable(type);
        }

        switch (type.MetadataType)
        {
            case MetadataType.Void: return new AbiShape(AbiKind.Void, 0, "void");
            case MetadataType.SByte or MetadataType.Byte: return Integer(1);
            case MetadataType.Boolean when runtimeMarshallingDisabled: return Integer(1);
            case MetadataType.Char when runtimeMarshallingDisabled: return Integer(2);
            case MetadataType.Int16 or MetadataType.UInt16: return Integer(2);
            case MetadataType.Int32 or MetadataType.UInt32: return Integer(4);
            case MetadataType.Int64 or MetadataType.UInt64: return Integer(8);
            case MetadataType.IntPtr or MetadataType.UIntPtr: return new AbiShape(AbiKind.Pointer, 8, "pointer");
            case MetadataType.Single: return new AbiShape(AbiKind.Float, 4, "float32");
            case MetadataType.Double: return new AbiShape(AbiKind.Float, 8, "float64");
        }

        return resolver.Resolve(type) is { IsValueType: true } definition
            ? OfValueType(type, definition, resolver, runtimeMarshallingDisabled, depth)
            : NotBlittable(type);
    }

    /// <summary>Whether the assembly of a P/Invoke switches the built-in marshalling off.</summary>
    public static bool IsMarshallingDisabled(AssemblyDefinition assembly) =>
        assembly.HasCustomAttributes && assembly.CustomAttributes.Any(
            a => a.AttributeType.FullName == "System.Runtime.CompilerServices.DisableRuntimeMarshallingAttribute");

    /// <summary>Whether a parameter carries instructions for the marshaller that change its type.</summary>
    public static bool HasMarshalInstruction(IMarshalInfoProvider provider, ICustomAttributeProvider attributes) =>
        provider.HasMarshalInfo && provider.MarshalInfo.NativeType is not (
            NativeType.I1 or NativeType.U1 or NativeType.I2 or NativeType.U2 or NativeType.I4 or NativeType.U4 or NativeType.I8
            or NativeType.U8 or NativeType.R4 or NativeType.R8 or NativeType.Int or NativeType.UInt)
        || (attributes.HasCustomAttributes && attributes.CustomAttributes.Any(a => a.AttributeType.FullName == MarshalAsName));

    /// <summary>Whether a value of shape <paramref name="from"/> may be passed where <paramref name="to"/> is expected.</summary>
    public static bool Fits(AbiShape from, AbiShape to)
    {
        if (!from.IsBlittable || !to.IsBlittable)
            return false;
        // A byref is pinned and passed as a pointer; a long and a pointer have one register and one width on x86-64.
        bool fromWord = from.Kind is AbiKind.Pointer or AbiKind.Reference || (from.Kind == AbiKind.Integer && from.Size == 8);
        bool toWord = to.Kind is AbiKind.Pointer or AbiKind.Reference || (to.Kind == AbiKind.Integer && to.Size == 8);
        if (fromWord && toWord)
            return (from.Kind != AbiKind.Integer || to.Kind == AbiKind.Integer || to.Kind == AbiKind.Pointer) && !(to.Kind == AbiKind.Reference && from.Kind == AbiKind.Integer);
        return from.Kind == to.Kind && from.Size == to.Size && (from.Kind != AbiKind.Struct || from.Description == to.Description);
    }

    private static AbiShape OfValueType(
        TypeReference type, TypeDefinition definition, MemberResolver resolver, bool runtimeMarshallingDisabled, int depth)
    {
        if (definition.IsEnum)
        {
            FieldDefinition? value = definition.Fields.FirstOrDefault(f => !f.IsStatic);
            return value is null ? NotBlittable(type) : Of(value.FieldType, resolver, runtimeMarshallingDisabled, depth + 1);
        }

        if (definition.HasGenericParameters || definition.IsAutoLayout)
            return NotBlittable(type);

        // A struct is written out field by field, so that two declarations of one C struct are recognised as the same.
        var parts = new List<string>();
        foreach (FieldDefinition field in definition.Fields)
        {
            if (field.IsStatic)
                continue;
            AbiShape shape = Of(field.FieldType, resolver, runtimeMarshallingDisabled, depth + 1);
            if (!shape.IsBlittable || shape.Kind == AbiKind.Reference)
                return NotBlittable(type);
            string offset = definition.IsExplicitLayout ? $"@{field.Offset.ToString(CultureInfo.InvariantCulture)} " : "";
            parts.Add(offset + (shape.Kind == AbiKind.Pointer ? "integer64" : shape.Description));
        }

        string pack = definition.PackingSize > 0 ? $" pack {definition.PackingSize}" : "";
        string size = definition.ClassSize > 0 ? $" size {definition.ClassSize}" : "";
        return new AbiShape(AbiKind.Struct, 0, $"struct{pack}{size} {{ {string.Join(", ", parts)} }}");
    }

    private static AbiShape Integer(int size) =>
        new(AbiKind.Integer, size, "integer" + (size * 8).ToString(CultureInfo.InvariantCulture));

    private static AbiShape NotBlittable(TypeReference type) => new(AbiKind.NotBlittable, 0, type.FullName);
}
