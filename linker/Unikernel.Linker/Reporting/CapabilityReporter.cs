using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Surface;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Holds a program to the capabilities that its project states (UKN1020, UKN1021), where the analyzers could not: they see the program's own source,
/// and this sees what its libraries reach, with the chain of calls.
/// </summary>
public sealed class CapabilityReporter(LinkContext context, AbsentEntryPoints absent, Func<AssemblyDefinition, bool> isUserCode, AssemblyDefinition main, MessageLog log)
{
    // Reached by every program, on paper at least (the console and the configuration of the runtime are files too): of these only calls say something.
    private const string OnPaper = "files";

    private readonly ApiNeedTable _needs = ApiNeedTable.ReadShipped();
    private readonly CallChain _chains = new(context);

    public void Report(IReadOnlySet<string> stated)
    {
        if (stated.Count == 0)
            return;
        foreach (string capability in Capability.Names)
        {
            string word = Capability.Needs[capability][0];
            EntryPointNode? entry = word == OnPaper ? null : context.Nodes.EntryPoints.Where(node => node.IsMarked && absent.Needs(node.EntryPoint, word)).MinBy(node => DependencyAnalyzer.Path(node).Count);
            if (stated.Contains(capability))
            {
                if (word != OnPaper && entry is null)
                    log.Report(PlatformRules.UnusedCapability, null, capability);
                continue;
            }

            if (!ReportCalls(capability, word) && entry is not null)
                ReportEntry(capability, word, entry);
        }
    }

    // The program's own calls were reported when it was compiled.
    private bool ReportCalls(string capability, string word)
    {
        bool found = false;
        foreach (MethodBodyNode body in context.Nodes.Bodies)
        {
            if (!body.IsMarked || !body.Method.HasBody || !isUserCode(body.Method.Module.Assembly))
                continue;
            foreach (Instruction instruction in body.Method.Body.Instructions)
            {
                if (instruction.Operand is not MethodReference reference || body.Folded?.IsReachable(instruction) == false
                    || context.Resolver.Resolve(reference) is not { } target || isUserCode(target.Module.Assembly)
                    || !(target.IsStatic || target.IsConstructor) || !Capability.IsWayIn(capability, target.DeclaringType.Namespace)
                    || !_needs.NeedsOf(target).Contains(word) || _needs.AbsentNeedOf(target) is not null)
                    continue;
                found = true;
                if (body.Method.Module.Assembly == main || Suppressions.IsSuppressed(body.Method, PlatformRules.UndeclaredCapability.Id))
                    continue;
                IReadOnlyList<MethodDefinition> chain = _chains.Find(target, entry => absent.Needs(entry, word));
                Say(capability, word, MethodNames.Short(target), CallSite.Locate(body, instruction), Steps([body.Method, .. chain]));
            }
        }

        return found;
    }

    // No call says it: a framework that the data do not cover (ASP.NET Core) reaches it on the program's behalf.
    private void ReportEntry(string capability, string word, EntryPointNode entry)
    {
        List<MethodDefinition> path = [.. DependencyAnalyzer.Path(entry).Select(step => step.Node).OfType<MethodBodyNode>().Select(node => node.Method)];
        MethodDefinition? last = path.LastOrDefault(method => isUserCode(method.Module.Assembly));
        MethodDefinition? first = path.SkipWhile(method => method != last).Skip(1).FirstOrDefault() ?? path.LastOrDefault();
        Say(capability, word, first is null ? entry.EntryPoint.Name : MethodNames.Short(first), SourceLocation.Of(last, null), Steps(path));
    }

    // The last is the P/Invoke, whose name in C# says less than that of its entry point.
    private static IEnumerable<string> Steps(IReadOnlyList<MethodDefinition> methods) =>
        EntryPoint.Of(methods[^1]) is { } entry ? methods.SkipLast(1).Select(MethodNames.Short).Append(entry.Name) : methods.Select(MethodNames.Short);

    private void Say(string capability, string word, string what, SourceLocation? location, IEnumerable<string> chain)
    {
        string reason = NeedVocabulary.All.First(entry => entry.Word == word).Reason;
        log.Report(PlatformRules.UndeclaredCapability, location, what, capability, reason, $" Chain: {MethodNames.Join(chain)}.");
    }
}
