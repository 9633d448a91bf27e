using Mono.Cecil.Cil;

namespace Unikernel.Linker.Replace;

/// <summary>A body with decided branches: which instructions can still run.</summary>
public sealed class FoldedBody
{
    private readonly Dictionary<Instruction, bool> _decided;
    private readonly HashSet<Instruction> _reachable = [];

    public FoldedBody(MethodBody body, Dictionary<Instruction, bool> decided)
    {
        _decided = decided;
        Walk(body);
    }

    /// <summary>Whether an instruction can run. The end of a body (null) counts as reachable.</summary>
    public bool IsReachable(Instruction? instruction) => instruction is null || _reachable.Contains(instruction);

    /// <summary>How a branch was decided; null when it was not.</summary>
    public bool? Taken(Instruction branch) => _decided.TryGetValue(branch, out bool taken) ? taken : null;

    /// <summary>
    /// Rewrites the body: decided branches pop their operands and go one way, and what cannot run becomes
    /// <c>nop … ldnull throw</c>, so that it names nothing and offsets of the rest keep their order for debug information.
    /// </summary>
    public void Apply(MethodBody body)
    {
        for (int i = body.ExceptionHandlers.Count - 1; i >= 0; i--)
        {
            if (!IsReachable(body.ExceptionHandlers[i].HandlerStart))
                body.ExceptionHandlers.RemoveAt(i);
        }

        Instruction? previousDead = null;
        for (int i = 0; i < body.Instructions.Count; i++)
        {
            Instruction instruction = body.Instructions[i];
            if (_reachable.Contains(instruction))
            {
                previousDead = null;
                if (_decided.TryGetValue(instruction, out bool taken))
                    i += ReplaceBranch(body, i, taken);
                continue;
            }

            bool last = instruction.Next is not { } next || _reachable.Contains(next);
            instruction.Operand = null;
            instruction.OpCode = last ? OpCodes.Throw : OpCodes.Nop;
            if (last && previousDead is not null)
                previousDead.OpCode = OpCodes.Ldnull;
            previousDead = instruction;
        }
    }

    private static int ReplaceBranch(MethodBody body, int index, bool taken)
    {
        Instruction branch = body.Instructions[index];
        var target = (Instruction)branch.Operand;
        bool two = branch.OpCode.Code is not (Code.Brtrue or Code.Brtrue_S or Code.Brfalse or Code.Brfalse_S);
        branch.OpCode = OpCodes.Pop;
        branch.Operand = null;
        int inserted = 0;
        if (two)
            body.Instructions.Insert(index + ++inserted, Instruction.Create(OpCodes.Pop));
        if (taken)
            body.Instructions.Insert(index + ++inserted, Instruction.Create(OpCodes.Br, target));
        return inserted;
    }

    private void Walk(MethodBody body)
    {
        var pending = new Stack<Instruction>();
        pending.Push(body.Instructions[0]);
        bool grew = true;
        while (grew)
        {
            while (pending.TryPop(out Instruction? instruction))
                Follow(instruction, pending);

            // A handler runs when anything in its protected block can.
            grew = false;
            foreach (ExceptionHandler handler in body.ExceptionHandlers)
            {
                if (_reachable.Contains(handler.HandlerStart) || !AnyReachable(handler.TryStart, handler.TryEnd))
                    continue;
                pending.Push(handler.HandlerStart);
                if (handler.FilterStart is not null)
                    pending.Push(handler.FilterStart);
                grew = true;
            }
        }
    }

    private void Follow(Instruction? instruction, Stack<Instruction> pending)
    {
        while (instruction is not null && _reachable.Add(instruction))
        {
            bool? taken = Taken(instruction);
            if (instruction.Operand is Instruction target && taken != false)
                pending.Push(target);
            else if (instruction.Operand is Instruction[] targets)
                Array.ForEach(targets, pending.Push);

            if (taken == true || instruction.OpCode.FlowControl is FlowControl.Branch or FlowControl.Return or FlowControl.Throw)
                return;
            instruction = instruction.Next;
        }
    }

    private bool AnyReachable(Instruction start, Instruction? end)
    {
        for (Instruction? i = start; i is not null && i != end; i = i.Next)
        {
            if (_reachable.Contains(i))
                return true;
        }

        return false;
    }
}
