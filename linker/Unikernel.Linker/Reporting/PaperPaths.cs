using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Code of packages that runs only when it is handed a certificate. Nothing makes one on a unikernel: the calls that would are reported themselves, and without
/// TLS no peer sends one. So what such code calls is reachable on paper only, and nobody need be told.
/// </summary>
internal sealed class PaperPaths(LinkContext context, Func<AssemblyDefinition, bool> isUserCode)
{
    private readonly Dictionary<MethodDefinition, bool> _known = [];
    private Dictionary<MethodDefinition, HashSet<MethodDefinition>>? _callers;
    private readonly HashSet<MethodDefinition> _calledFromElsewhere = [];

    /// <summary>Whether every way into a method, through the code of packages and the program, leads through one that takes a certificate.</summary>
    public bool IsOnPaper(MethodDefinition method)
    {
        if (_known.TryGetValue(method, out bool known))
            return known;
        if (_callers is null)
            ReadCallers();
        var seen = new HashSet<MethodDefinition> { method };
        var queue = new Queue<MethodDefinition>([method]);
        while (queue.TryDequeue(out MethodDefinition? current))
        {
            if (TakesCertificate(current))
                continue;
            if (current.IsVirtual || _calledFromElsewhere.Contains(current) || context.Nodes.Reflected(current).IsMarked || !_callers!.TryGetValue(current, out HashSet<MethodDefinition>? callers))
                return _known[method] = false;
            foreach (MethodDefinition caller in callers.Where(seen.Add))
                queue.Enqueue(caller);
        }

        return _known[method] = true;
    }

    private static bool TakesCertificate(MethodDefinition method) => method.Parameters.Any(parameter => parameter.ParameterType.FullName
        is "System.Security.Cryptography.X509Certificates.X509Certificate" or "System.Security.Cryptography.X509Certificates.X509Certificate2");

    private void ReadCallers()
    {
        _callers = [];
        foreach (MethodBodyNode body in context.Nodes.Bodies)
        {
            if (!body.IsMarked || !body.Method.HasBody || !isUserCode(body.Method.Module.Assembly))
                continue;
            foreach (Instruction instruction in body.Method.Body.Instructions)
            {
                if (body.Folded?.IsReachable(instruction) != false)
                    Read(body.Method, instruction);
            }
        }
    }

    private void Read(MethodDefinition caller, Instruction instruction)
    {
        TypeDefinition? type = null;
        if (instruction.Operand is MethodReference method && context.Resolver.Resolve(method) is { } called)
        {
            type = called.DeclaringType;
            if (instruction.OpCode.FlowControl == FlowControl.Call)
                Add(caller, called);
            else
                _calledFromElsewhere.Add(called); // a delegate or a token of it
        }
        else if (instruction.Operand is FieldReference field)
        {
            type = context.Resolver.Resolve(field)?.DeclaringType;
        }

        if (type is not null && TypeFacts.StaticConstructor(type) is { } initializer && initializer != caller)
            Add(caller, initializer);
    }

    private void Add(MethodDefinition caller, MethodDefinition called)
    {
        if (!_callers!.TryGetValue(called, out HashSet<MethodDefinition>? callers))
            _callers.Add(called, callers = []);
        callers.Add(caller);
    }
}
