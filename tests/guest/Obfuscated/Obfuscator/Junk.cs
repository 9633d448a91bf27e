using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Obfuscator;

/// <summary>What is there to confuse those who read: types that nothing uses, names that cannot be written, attributes that cannot be decoded.</summary>
internal static class Junk
{
    /// <summary>Says of an assembly that it was here. Decompilers that heed it refuse their work.</summary>
    public const string Mark = "SuppressIldasmAttribute";

    private const int Depth = 60;

    public static void Add(ModuleDefinition module)
    {
        TypeReference attribute = new("System.Runtime.CompilerServices", Mark, module, module.TypeSystem.CoreLibrary);
        module.Assembly.CustomAttributes.Add(new CustomAttribute(new MethodReference(".ctor", module.TypeSystem.Void, attribute) { HasThis = true }));

        // An attribute of a type that is nowhere, with a value that is none; the runtime reads those of value types.
        TypeReference absent = new("\u202e", "\u200b", module, module.TypeSystem.CoreLibrary);
        foreach (TypeDefinition type in module.Types.Where(type => !type.IsValueType && type.Name[0] > '~'))
        {
            type.CustomAttributes.Add(new CustomAttribute(new MethodReference(".ctor", module.TypeSystem.Void, absent) { HasThis = true }, [1, 0, 0xFF]));
        }

        TypeDefinition outer = new("", "\u0001\t\n", TypeAttributes.Class, module.TypeSystem.Object);
        module.Types.Add(outer);
        for (int i = 0; i < Depth; i++)
        {
            TypeDefinition inner = new("", "\u0007", TypeAttributes.NestedPrivate, module.TypeSystem.Object);
            for (int copy = 0; copy < 3; copy++)
            {
                MethodDefinition method = new("\u007f", MethodAttributes.Static, module.TypeSystem.Void);
                ILProcessor code = method.Body.GetILProcessor();
                Instruction loop = code.Create(OpCodes.Nop);
                code.Append(loop);
                code.Emit(OpCodes.Br, loop);
                inner.Methods.Add(method);
                inner.Fields.Add(new FieldDefinition("\u007f", FieldAttributes.Static, module.TypeSystem.Int32));
            }

            outer.NestedTypes.Add(inner);
            outer = inner;
        }
    }
}
