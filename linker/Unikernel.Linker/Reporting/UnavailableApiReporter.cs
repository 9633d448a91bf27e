using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Nodes;
using Unikernel.Linker.Surface;

namespace Unikernel.Linker.Reporting;

/// <summary>
/// Warns at each call site of the user's code (the program, its projects and third-party packages) that needs what no unikernel has.
/// Calls inside of the framework are not reported: which of them happen at run time depends on how the user's code calls it. Nor are those of packages that
/// happen on paper only (<see cref="PaperPaths"/>).
/// </summary>
public sealed class UnavailableApiReporter(
    LinkContext context, AbsentEntryPoints absent, Func<AssemblyDefinition, bool> isUserCode, AssemblyDefinition main, MessageLog log)
{
    private readonly PaperPaths _paper = new(context, isUserCode);
    private readonly ApiNeedTable _needs = ApiNeedTable.ReadShipped();
    private readonly CallChain _chains = new(context);

    public void Report()
    {
        foreach (MethodBodyNode body in context.Nodes.Bodies)
        {
            if (body.IsMarked && body.Method.HasBody && isUserCode(body.Method.Module.Assembly))
                Report(body);
        }
    }

    private void Report(MethodBodyNode body)
    {
        foreach (Instruction instruction in body.Method.Body.Instructions)
        {
            if (instruction.Operand is not MethodReference reference || body.Folded?.IsReachable(instruction) == false)
                continue;
            if (context.Resolver.Resolve(reference) is not { } target || target == body.Method)
                continue;
            if (target.IsPInvokeImpl && isUserCode(target.Module.Assembly))
                ReportNative(body, instruction, target);
            else if (!isUserCode(target.Module.Assembly) && _needs.AbsentNeedOf(target) is { } need)
                ReportApi(body, instruction, target, need);
        }
    }

    private void ReportApi(MethodBodyNode body, Instruction instruction, MethodDefinition target, NeedVocabulary.Entry need)
    {
        absent.AddCalled(need.Word, MethodNames.Member(target));
        if (Suppressions.IsSuppressed(body.Method, PlatformRules.UnavailableApi.Id) || (body.Method.Module.Assembly != main && _paper.IsOnPaper(body.Method)))
            return;
        IReadOnlyList<MethodDefinition> chain = _chains.Find(target, entry => absent.Needs(entry, need.Word));
        log.Report(
            PlatformRules.UnavailableApi,
            CallSite.Locate(body, instruction),
            MethodNames.Member(target), need.Word, need.Reason,
            Suffix(body, chain));
    }

    private void ReportNative(MethodBodyNode body, Instruction instruction, MethodDefinition target)
    {
        if (target.Module.Assembly != main && ForeignLibraries.Contains(target.PInvokeInfo.Module.Name))
            return;
        if (EntryPoint.Of(target) is not { } entry || !absent.IsAbsent(entry) || Suppressions.IsSuppressed(body.Method, PlatformRules.NativeLibrary.Id))
            return;
        log.Report(PlatformRules.NativeLibrary, CallSite.Locate(body, instruction), MethodNames.Short(target), target.PInvokeInfo.Module.Name, Suffix(body, []));
    }

    private static string Suffix(MethodBodyNode body, IReadOnlyList<MethodDefinition> chain)
    {
        IEnumerable<string> steps = [MethodNames.Short(body.Method), .. chain.Select(MethodNames.Short)];
        if (chain.Count > 0 && EntryPoint.Of(chain[^1]) is { } entry)
            steps = steps.Append(entry.Name);
        return chain.Count == 0 ? $" In {MethodNames.Short(body.Method)}." : $" Chain: {MethodNames.Join(steps)}.";
    }
}

/// <summary>[UnconditionalSuppressMessage] on a method or a type around it; a #pragma is read from the source, SourcePragmas.cs.</summary>
internal static class Suppressions
{
    public static bool IsSuppressed(MethodDefinition method, string id)
    {
        if (Names(method, id))
            return true;
        // Closures and state machines belong to the method that the programmer wrote; the type is the nearest that is known here.
        for (TypeDefinition? type = method.DeclaringType; type is not null; type = type.DeclaringType)
        {
            if (Names(type, id))
                return true;
        }

        return false;
    }

    private static bool Names(ICustomAttributeProvider provider, string id) =>
        provider.HasCustomAttributes && provider.CustomAttributes.Any(a =>
            a.AttributeType.Name == "UnconditionalSuppressMessageAttribute"
            && a.ConstructorArguments is [_, { Value: string check }, ..] && check.StartsWith(id, StringComparison.Ordinal));
}
