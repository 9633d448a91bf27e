using Mono.Cecil.Cil;
using Unikernel.Linker.Nodes;

namespace Unikernel.Linker.Reporting;

/// <summary>Where a call stands in the user's sources.</summary>
internal static class CallSite
{
    /// <summary>The line of the call, or of the nearest caller with debug information when a package brings none.</summary>
    public static SourceLocation? Locate(MethodBodyNode body, Instruction instruction)
    {
        if (SourceLocation.Of(body.Method, instruction) is { } exact)
            return exact;
        foreach ((Graph.Node node, _) in Graph.DependencyAnalyzer.Path(body).Reverse())
        {
            if (node is MethodBodyNode caller && SourceLocation.Of(caller.Method, null) is { } location)
                return location;
        }

        return null;
    }
}
