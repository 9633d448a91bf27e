using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Unikernel.Obfuscator;

/// <summary>Literals become calls that decipher them out of the data of a field.</summary>
internal static class HiddenStrings
{
    private const byte Key = 0x5A;

    public static void Hide(ModuleDefinition module)
    {
        List<(MethodBody Body, Instruction Load)> loads =
        [
            .. from type in module.GetTypes() from method in type.Methods where method.HasBody
               from instruction in method.Body.Instructions where instruction.OpCode == OpCodes.Ldstr select (method.Body, instruction),
        ];
        byte[] data = Encoding.UTF8.GetBytes(string.Concat(loads.Select(load => (string)load.Load.Operand)));
        byte[] hidden = [.. data.Select((b, i) => (byte)(b ^ Key ^ i))];

        var size = new TypeDefinition("", "Size", TypeAttributes.ExplicitLayout | TypeAttributes.Sealed, module.ImportReference(typeof(ValueType))) { ClassSize = hidden.Length, PackingSize = 1 };
        var holder = new TypeDefinition("", "Hidden", TypeAttributes.Abstract | TypeAttributes.Sealed, module.TypeSystem.Object);
        holder.NestedTypes.Add(size);
        size.Attributes |= TypeAttributes.NestedAssembly;
        var blob = new FieldDefinition("Blob", FieldAttributes.Static | FieldAttributes.Assembly | FieldAttributes.HasFieldRVA, size) { InitialValue = hidden };
        holder.Fields.Add(blob);
        MethodDefinition decipher = Decipher(module, blob);
        holder.Methods.Add(decipher);
        module.Types.Add(holder);

        int offset = 0;
        foreach ((MethodBody body, Instruction load) in loads)
        {
            int length = Encoding.UTF8.GetByteCount((string)load.Operand);
            ILProcessor code = body.GetILProcessor();
            load.OpCode = OpCodes.Ldc_I4;
            load.Operand = offset;
            Instruction second = code.Create(OpCodes.Ldc_I4, length);
            code.InsertAfter(load, second);
            code.InsertAfter(second, code.Create(OpCodes.Call, decipher));
            offset += length;
        }
    }

    // static string Decipher(int offset, int length)
    private static MethodDefinition Decipher(ModuleDefinition module, FieldDefinition blob)
    {
        var method = new MethodDefinition("Decipher", MethodAttributes.Static | MethodAttributes.Assembly, module.TypeSystem.String);
        method.Parameters.Add(new ParameterDefinition("offset", ParameterAttributes.None, module.TypeSystem.Int32));
        method.Parameters.Add(new ParameterDefinition("length", ParameterAttributes.None, module.TypeSystem.Int32));
        MethodBody body = method.Body;
        body.InitLocals = true;
        body.Variables.Add(new VariableDefinition(new ArrayType(module.TypeSystem.Byte)));
        body.Variables.Add(new VariableDefinition(module.TypeSystem.Int32));
        ILProcessor code = body.GetILProcessor();
        Instruction test = code.Create(OpCodes.Ldloc_1), loop = code.Create(OpCodes.Ldloc_0);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Newarr, module.TypeSystem.Byte);
        code.Emit(OpCodes.Stloc_0);
        code.Emit(OpCodes.Br, test);
        code.Append(loop);
        code.Emit(OpCodes.Ldloc_1);
        code.Emit(OpCodes.Ldsflda, blob);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldloc_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Ldind_U1);
        code.Emit(OpCodes.Ldc_I4, (int)Key);
        code.Emit(OpCodes.Xor);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldloc_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Xor);
        code.Emit(OpCodes.Conv_U1);
        code.Emit(OpCodes.Stelem_I1);
        code.Emit(OpCodes.Ldloc_1);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Stloc_1);
        code.Append(test);
        code.Emit(OpCodes.Ldarg_1);
        code.Emit(OpCodes.Blt, loop);
        code.Emit(OpCodes.Call, module.ImportReference(typeof(Encoding).GetProperty(nameof(Encoding.UTF8))!.GetMethod));
        code.Emit(OpCodes.Ldloc_0);
        code.Emit(OpCodes.Callvirt, module.ImportReference(typeof(Encoding).GetMethod(nameof(Encoding.GetString), [typeof(byte[])])));
        code.Emit(OpCodes.Ret);
        body.OptimizeMacros();
        return method;
    }
}
