using Mono.Cecil;
using Unikernel.Diagnostics;
using Unikernel.Linker.Graph;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Nodes;

/// <summary>
/// References that lead nowhere. ILC compiles such code into a throw, so it is a warning, and only for code that is not the
/// framework's: framework assemblies name optional parts that nobody ships.
/// </summary>
public sealed class MissingReferences(AssemblyStore store, MessageLog log, Func<AssemblyDefinition, bool> isUserCode)
{
    public void Type(Node source, TypeReference type) => Report(source, type, type.FullName, type);

    public void Method(Node source, MethodReference method) => Report(source, method, method.FullName, method.DeclaringType);

    public void Field(Node source, FieldReference field) => Report(source, field, field.FullName, field.DeclaringType);

    private void Report(Node source, MemberReference reference, string name, TypeReference declaringType)
    {
        if (reference.Module is null || !isUserCode(reference.Module.Assembly))
            return;
        while (declaringType is TypeSpecification specification)
            declaringType = specification.ElementType;
        if (declaringType.Scope is not AssemblyNameReference scope)
            return;
        MethodDefinition? user = (source as MethodBodyNode)?.Method;
        Rule rule = store.Missing.Contains(scope.Name) ? LinkingRules.MissingReference : LinkingRules.MissingMember;
        log.Report(rule, SourceLocation.Of(user, null), user?.FullName ?? source.Name, name, scope.Name);
    }
}
