using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Linker.Sweep;

/// <summary>
/// Debug information of a kept method: lines and local names stay. Constants and using directives go, because they name types that
/// no code needs, and native debuggers do not read them.
/// </summary>
internal static class DebugScopes
{
    public static void Trim(MethodDefinition method)
    {
        if (method.Module.HasSymbols && method.HasBody && method.DebugInformation.Scope is { } scope)
            Trim(scope);
    }

    private static void Trim(ScopeDebugInformation scope)
    {
        scope.Import = null;
        if (scope.HasConstants)
            scope.Constants.Clear();
        if (!scope.HasScopes)
            return;
        foreach (ScopeDebugInformation nested in scope.Scopes)
            Trim(nested);
    }
}
