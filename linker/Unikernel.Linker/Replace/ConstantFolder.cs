using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Replace;

/// <summary>
/// Decides conditional branches whose condition is a known constant (a substituted method or field) and finds the instructions that
/// cannot run then.
/// </summary>
/// <remarks>
/// The condition's own code stays; a decided branch pops it. So nothing needs to be known of side effects, and a debugger
/// still stops on the line of the condition.
/// </remarks>
public sealed class ConstantFolder(Substitutions substitutions, MemberResolver resolver)
{
    private const int MaximumConstantBody = 24;

    private readonly Dictionary<MethodDefinition, int?> _constants = [];

    /// <summary>Decides the branches of a body; null when there is nothing to decide.</summary>
    public FoldedBody? Fold(MethodDefinition method)
    {
        IList<Instruction> code = method.Body.Instructions;
        Dictionary<Instruction, bool>? decided = null;
        HashSet<Instruction>? targets = null;
        for (int i = 1; i < code.Count; i++)
        {
            if (code[i].OpCode.FlowControl != FlowControl.Cond_Branch || code[i].OpCode.Code == Code.Switch)
                continue;
            // Cheap test first: few branches follow a call or field that can be constant.
            if (!MayBeConstant(code[i - 1]))
                continue;
            targets ??= Targets(method.Body);
            if (Decide(code, i, targets) is { } taken)
                (decided ??= []).Add(code[i], taken);
        }

        return decided is null ? null : new FoldedBody(method.Body, decided);
    }

    /// <summary>The constant that a method always returns, if it is known to be an integer one.</summary>
    public int? ConstantOf(MethodDefinition method)
    {
        if (_constants.TryGetValue(method, out int? known))
            return known;
        _constants.Add(method, null); // a method that calls itself is not constant

        int? value = null;
        if (substitutions.Find(method) is { } substitution)
            value = substitution is { Throws: false, Value: int constant } ? constant : null;
        else if (method.IsStatic && !method.HasParameters && method.HasBody && IsInteger(method.ReturnType) && method.Body.Instructions.Count <= MaximumConstantBody)
            value = Evaluate(method);
        _constants[method] = value;
        return value;
    }

    private static bool IsInteger(TypeReference type) =>
        type.MetadataType is MetadataType.Boolean or MetadataType.Int32 or MetadataType.UInt32 or MetadataType.Byte;

    // A body that is one constant expression once its decided branches are gone.
    private int? Evaluate(MethodDefinition method)
    {
        IList<Instruction> code = method.Body.Instructions;
        if (method.Body.HasExceptionHandlers)
            return null;
        FoldedBody? folded = Fold(method);
        // Without a substitution on the way the body is the framework's own constant (OperatingSystem.IsLinux): ILC's scanner
        // does not fold these, and neither do we, to keep what it keeps.
        if (folded is null && !code.Any(i => i.Operand is MethodReference r && resolver.Resolve(r) is { } target && ConstantOf(target) is not null))
            return null;

        List<Instruction> live = [.. code.Where(i => folded?.IsReachable(i) != false && i.OpCode.Code != Code.Nop)];
        if (live.Any(i => i.OpCode.FlowControl == FlowControl.Cond_Branch && folded?.Taken(i) is null))
            return null;
        int ret = live.Count - 1;
        if (ret < 1 || live[ret].OpCode.Code != Code.Ret || live.Count(i => i.OpCode.Code == Code.Ret) != 1)
            return null;
        return TryEvaluate(live, ret - 1, [], out int value, out _) ? value : null;
    }

    private bool MayBeConstant(Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Call or Code.Callvirt or Code.Ldsfld or Code.Ceq or Code.Cgt_Un or Code.And or Code.Or => true,
        Code.Ldloc_0 or Code.Ldloc_1 or Code.Ldloc_2 or Code.Ldloc_3 or Code.Ldloc_S or Code.Ldloc => instruction.Previous is { } previous && IsStore(previous),
        _ => IsConstantLoad(instruction, out _),
    };

    private bool? Decide(IList<Instruction> code, int branch, HashSet<Instruction> targets)
    {
        // The branch itself may not be jumped to: the value on the stack would be another one then.
        if (targets.Contains(code[branch]))
            return null;
        switch (code[branch].OpCode.Code)
        {
            case Code.Brtrue or Code.Brtrue_S:
                return TryEvaluate(code, branch - 1, targets, out int value, out _) ? value != 0 : null;
            case Code.Brfalse or Code.Brfalse_S:
                return TryEvaluate(code, branch - 1, targets, out value, out _) ? value == 0 : null;
            case Code.Beq or Code.Beq_S or Code.Bne_Un or Code.Bne_Un_S:
                if (!TryEvaluate(code, branch - 1, targets, out int right, out int start) || start < 1 || targets.Contains(code[start])
                    || !TryEvaluate(code, start - 1, targets, out int left, out _))
                    return null;
                return (left == right) == (code[branch].OpCode.Code is Code.Beq or Code.Beq_S);
            default:
                return null;
        }
    }

    /// <summary>Evaluates the expression that ends at an index; <paramref name="start"/> is where it begins.</summary>
    private bool TryEvaluate(IList<Instruction> code, int end, HashSet<Instruction> targets, out int value, out int start)
    {
        value = 0;
        start = end;
        if (end < 0)
            return false;
        Instruction instruction = code[end];
        if (IsConstantLoad(instruction, out value))
            return true;
        switch (instruction.OpCode.Code)
        {
            case Code.Call or Code.Callvirt when instruction.Operand is MethodReference reference:
                if (resolver.Resolve(reference) is not { } method || (method.IsVirtual && instruction.OpCode.Code == Code.Callvirt) || ConstantOf(method) is not { } constant)
                    return false;
                value = constant;
                // Arguments stay on the code path before the call; an expression with arguments can only be the leftmost one.
                start = method.HasParameters || method.HasThis ? -1 : end;
                return true;
            case Code.Ldsfld when instruction.Operand is FieldReference reference:
                if (resolver.Resolve(reference) is { } field && substitutions.Find(field) is int fieldValue)
                {
                    value = fieldValue;
                    return true;
                }

                return false;
            case Code.Ceq or Code.Cgt_Un or Code.And or Code.Or:
                return TryEvaluateBinary(code, end, targets, out value, out start);
            default:
                // stloc n; ldloc n: what debug builds put between a condition and its branch.
                if (end >= 2 && IsLoad(instruction, out int slot) && IsStore(code[end - 1], out int stored) && slot == stored
                    && !targets.Contains(instruction) && !targets.Contains(code[end - 1]))
                    return TryEvaluate(code, end - 2, targets, out value, out start);
                return false;
        }
    }

    private bool TryEvaluateBinary(IList<Instruction> code, int end, HashSet<Instruction> targets, out int value, out int start)
    {
        value = 0;
        start = end;
        if (targets.Contains(code[end]) || !TryEvaluate(code, end - 1, targets, out int right, out int rightStart) || rightStart < 1
            || targets.Contains(code[rightStart]) || !TryEvaluate(code, rightStart - 1, targets, out int left, out start))
            return false;
        value = code[end].OpCode.Code switch
        {
            Code.Ceq => left == right ? 1 : 0,
            Code.Cgt_Un => (uint)left > (uint)right ? 1 : 0,
            Code.And => left & right,
            _ => left | right,
        };
        return true;
    }

    private static bool IsConstantLoad(Instruction instruction, out int value)
    {
        Code code = instruction.OpCode.Code;
        if (code is >= Code.Ldc_I4_M1 and <= Code.Ldc_I4_8)
        {
            value = code - Code.Ldc_I4_0;
            return true;
        }

        value = instruction.Operand switch { int i when code == Code.Ldc_I4 => i, sbyte s when code == Code.Ldc_I4_S => s, _ => 0 };
        return code is Code.Ldc_I4 or Code.Ldc_I4_S;
    }

    private static bool IsStore(Instruction instruction) => IsStore(instruction, out _);

    private static bool IsStore(Instruction instruction, out int slot)
    {
        Code code = instruction.OpCode.Code;
        slot = instruction.Operand is VariableDefinition variable ? variable.Index : code - Code.Stloc_0;
        return code is (>= Code.Stloc_0 and <= Code.Stloc_3) or Code.Stloc_S or Code.Stloc;
    }

    private static bool IsLoad(Instruction instruction, out int slot)
    {
        Code code = instruction.OpCode.Code;
        slot = instruction.Operand is VariableDefinition variable ? variable.Index : code - Code.Ldloc_0;
        return code is (>= Code.Ldloc_0 and <= Code.Ldloc_3) or Code.Ldloc_S or Code.Ldloc;
    }

    private static HashSet<Instruction> Targets(MethodBody body)
    {
        var targets = new HashSet<Instruction>();
        foreach (Instruction instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                targets.Add(target);
            else if (instruction.Operand is Instruction[] many)
                targets.UnionWith(many);
        }

        return targets;
    }
}
