using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Unikernel.Obfuscator;

/// <summary>
/// Hides what a body does: constants are computed, calls go through function pointers, blocks stand in another order and are joined by branches, conditions
/// that never change choose between the program and rubbish, and behind the last return stands what no machine could run.
/// </summary>
internal static class Flow
{
    public static void Obscure(ModuleDefinition module)
    {
        // Zero for ever, which no compiler knows: it is of another type's static constructor's making.
        var opaque = new TypeDefinition("", "Opaque", TypeAttributes.Abstract | TypeAttributes.Sealed, module.TypeSystem.Object);
        var zero = new FieldDefinition("Zero", FieldAttributes.Static | FieldAttributes.Assembly, module.TypeSystem.Int32);
        opaque.Fields.Add(zero);
        foreach (MethodDefinition method in module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody).ToArray())
        {
            MethodBody body = method.Body;
            body.SimplifyMacros();
            ComputeConstants(body);
            CallThroughPointers(body);
            if (!body.HasExceptionHandlers)
            {
                Shuffle(body, new Random(body.Instructions.Count));
            }

            AddPredicate(body, zero);
            AddRubbish(body, method);
            body.OptimizeMacros();
        }

        module.Types.Add(opaque);
    }

    private static void ComputeConstants(MethodBody body)
    {
        ILProcessor code = body.GetILProcessor();
        foreach (Instruction load in body.Instructions.Where(i => i.OpCode == OpCodes.Ldc_I4).ToArray())
        {
            int key = unchecked((int)0x9E3779B9 * ((int)load.Operand | 1));
            load.Operand = (int)load.Operand ^ key;
            Instruction second = code.Create(OpCodes.Ldc_I4, key);
            code.InsertAfter(load, second);
            code.InsertAfter(second, code.Create(OpCodes.Xor));
        }
    }

    private static void CallThroughPointers(MethodBody body)
    {
        ILProcessor code = body.GetILProcessor();
        foreach (Instruction call in body.Instructions.Where(i => i.OpCode == OpCodes.Call).ToArray())
        {
            // Static methods of this assembly; a prefix would belong to the call alone.
            if (call.Operand is not MethodDefinition { IsStatic: true, HasGenericParameters: false } target || target.DeclaringType.HasGenericParameters || call.Previous?.OpCode.OpCodeType == OpCodeType.Prefix)
            {
                continue;
            }

            var site = new CallSite(target.ReturnType);
            foreach (ParameterDefinition parameter in target.Parameters)
            {
                site.Parameters.Add(new ParameterDefinition(parameter.ParameterType));
            }

            call.OpCode = OpCodes.Ldftn;
            code.InsertAfter(call, code.Create(OpCodes.Calli, site));
        }
    }

    // Cut where the stack is empty, so that each piece can stand anywhere.
    private static void Shuffle(MethodBody body, Random random)
    {
        List<List<Instruction>> blocks = [[]];
        int depth = 0;
        bool known = true;
        HashSet<Instruction> targets = [.. body.Instructions.SelectMany(Targets)];
        foreach (Instruction instruction in body.Instructions)
        {
            if (targets.Contains(instruction) && !known)
            {
                return; // behind an unconditional branch: what is on the stack here, only the branches to it say
            }

            blocks[^1].Add(instruction);
            depth += Change(instruction, body.Method, depth);
            known = instruction.OpCode.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw) || depth == 0;
            if (depth == 0 && instruction.OpCode.OpCodeType != OpCodeType.Prefix)
            {
                blocks.Add([]);
            }
        }

        blocks.RemoveAll(block => block.Count == 0);
        if (depth != 0 || blocks.Count < 3)
        {
            return;
        }

        for (int i = 0; i + 1 < blocks.Count; i++)
        {
            if (blocks[i][^1].OpCode.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw))
            {
                blocks[i].Add(Instruction.Create(OpCodes.Br, blocks[i + 1][0]));
            }
        }

        List<Instruction> first = blocks[0];
        blocks.RemoveAt(0);
        body.Instructions.Clear();
        foreach (Instruction instruction in blocks.OrderBy(_ => random.Next()).Prepend(first).SelectMany(block => block))
        {
            body.Instructions.Add(instruction);
        }
    }

    private static void AddPredicate(MethodBody body, FieldDefinition zero)
    {
        ILProcessor code = body.GetILProcessor();
        Instruction first = body.Instructions[0];
        code.InsertBefore(first, code.Create(OpCodes.Ldsfld, zero));
        code.InsertBefore(first, code.Create(OpCodes.Brfalse, first));
        code.InsertBefore(first, code.Create(OpCodes.Ldnull));
        code.InsertBefore(first, code.Create(OpCodes.Throw));
    }

    // Only behind the last instruction, which falls through nowhere.
    private static void AddRubbish(MethodBody body, MethodDefinition method)
    {
        ILProcessor code = body.GetILProcessor();
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Ldflda, new FieldReference("\0", method.Module.TypeSystem.Object, method.DeclaringType));
        code.Emit(OpCodes.Unbox_Any, method.Module.TypeSystem.Void);
        code.Emit(OpCodes.Ret);
    }

    private static IEnumerable<Instruction> Targets(Instruction instruction) => instruction.Operand switch
    {
        Instruction target => [target],
        Instruction[] targets => targets,
        _ => [],
    };

    private static int Change(Instruction instruction, MethodDefinition method, int depth)
    {
        if (instruction.OpCode.FlowControl is FlowControl.Return or FlowControl.Throw)
        {
            return -depth;
        }

        if (instruction.Operand is IMethodSignature called && instruction.OpCode.FlowControl == FlowControl.Call)
        {
            int popped = called.Parameters.Count + (called.HasThis && instruction.OpCode != OpCodes.Newobj ? 1 : 0) + (instruction.OpCode == OpCodes.Calli ? 1 : 0);
            return (instruction.OpCode == OpCodes.Newobj || called.ReturnType.MetadataType != MetadataType.Void ? 1 : 0) - popped;
        }

        return Pushed(instruction.OpCode.StackBehaviourPush) - Popped(instruction.OpCode.StackBehaviourPop);
    }

    private static int Pushed(StackBehaviour behaviour) => behaviour switch
    {
        StackBehaviour.Push0 => 0,
        StackBehaviour.Push1_push1 => 2,
        _ => 1,
    };

    private static int Popped(StackBehaviour behaviour) => behaviour switch
    {
        StackBehaviour.Pop0 => 0,
        StackBehaviour.Pop1 or StackBehaviour.Popi or StackBehaviour.Popref => 1,
        StackBehaviour.Pop1_pop1 or StackBehaviour.Popi_pop1 or StackBehaviour.Popi_popi or StackBehaviour.Popi_popi8 or StackBehaviour.Popi_popr4
            or StackBehaviour.Popi_popr8 or StackBehaviour.Popref_pop1 or StackBehaviour.Popref_popi => 2,
        _ => 3,
    };
}
