using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Binding;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Nodes.Reflection;
using Unikernel.Linker.Replace;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Nodes;

/// <summary>A method whose code can run: everything that its instructions name.</summary>
public sealed class MethodBodyNode(MethodDefinition method) : Node
{
    public MethodDefinition Method { get; } = method;

    /// <summary>Which instructions can run after feature switches are known; null when nothing was decided.</summary>
    public FoldedBody? Folded { get; private set; }

    public override string Kind => "method";

    public override string Name => Method.FullName;

    public override (string Owner, string? Member) ShortName => (Method.DeclaringType.FullName, Method.Name);

    public override void Collect(DependencyCollector needs)
    {
        needs.Add(needs.Nodes.Method(Method), "signature");
        if (TypeFacts.StaticConstructor(Method.DeclaringType) is { } cctor && cctor != Method)
            needs.Add(needs.Nodes.Body(cctor), "static constructor");
        DynamicDependencies.Collect(needs, Method);
        UnsafeAccessors.Collect(needs, Method);

        // ILC refuses to compile a call on a class that does not implement all called methods of its interfaces, even where no
        // object of the class can exist; so a class with reachable instance code counts as constructed.
        if (Method.HasThis && !Method.DeclaringType.IsInterface)
            needs.Add(needs.Nodes.Constructed(Method.DeclaringType), "receiver");

        LinkContext context = needs.Context;
        if (context.Replacements.Find(Method) is { } replacement)
        {
            needs.Add(needs.Nodes.Body(replacement.Method), "replaced by");
            foreach (MethodDefinition member in replacement.Unless)
                needs.AddIf(needs.Nodes.OwnCode(Method), needs.Nodes.Body(member), "not replaced");
        }
        else
        {
            CollectOwnCode(needs);
        }
    }

    /// <summary>What the method's own code needs, whether or not it is replaced.</summary>
    internal void CollectOwnCode(DependencyCollector needs)
    {
        if (Method.IsPInvokeImpl)
            CollectPInvoke(needs);
        else if (needs.Context.Substitutions.Find(Method) is null && Method.HasBody && Method.RVA != 0)
            CollectBody(needs, needs.Context);
    }

    private void CollectPInvoke(DependencyCollector needs)
    {
        if (EntryPoint.Of(Method) is not { } entry)
            return;
        needs.Add(needs.Nodes.EntryPoint(entry), "P/Invoke");

        // ILC writes the marshalling code: it creates safe handles and delegates, and reads the fields of classes.
        foreach (ParameterDefinition parameter in Method.Parameters)
            CollectMarshalled(needs, parameter.ParameterType);
        CollectMarshalled(needs, Method.ReturnType);
    }

    private static void CollectMarshalled(DependencyCollector needs, TypeReference type)
    {
        if (needs.Context.Resolver.Resolve(type) is not { } definition || definition.IsPrimitive)
            return;
        GenericArguments.CollectConstructed(needs, type, "marshalled");
        if (definition.IsValueType || definition.IsInterface || definition.Module == needs.Context.Store.CoreLibrary.MainModule)
            return;
        needs.Add(needs.Nodes.DynamicAccess(definition, MemberKinds.PublicConstructors | MemberKinds.NonPublicConstructors | MemberKinds.PublicFields | MemberKinds.NonPublicFields), "marshalled");
    }

    private void CollectBody(DependencyCollector needs, LinkContext context)
    {
        MethodBody body;
        try
        {
            body = Method.Body;
            Folded = context.Substitutions.Folder.Fold(Method);
        }
        catch (Exception e) when (InputImage.IsMalformed(e))
        {
            throw new LinkerException(LinkingRules.UnreadableCode, Method.FullName, e.Message.TrimEnd('.'));
        }

        if (body.HasVariables)
        {
            foreach (VariableDefinition variable in body.Variables)
                Signatures.CollectType(needs, variable.VariableType, "local variable");
        }

        if (body.HasExceptionHandlers)
        {
            foreach (ExceptionHandler handler in body.ExceptionHandlers)
            {
                if (handler.CatchType is { } caught && Folded?.IsReachable(handler.HandlerStart) != false)
                    Signatures.CollectType(needs, caught, "catch");
            }
        }

        new InstructionScanner(needs, Method).Scan(body, Folded);
    }
}
