using System.Collections.Generic;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Unikernel.Analyzers;

/// <summary>
/// Which code can not run on a unikernel because a platform guard keeps it out: the branches of <c>OperatingSystem.IsWindows()</c>
/// and its relatives, of <c>OperatingSystem.IsOSPlatform("…")</c>, of <c>RuntimeInformation.IsOSPlatform(…)</c>, and of members that
/// carry <c>[UnsupportedOSPlatformGuard("unikernel")]</c> or <c>[SupportedOSPlatformGuard("unikernel")]</c>. A guard is a constant on
/// the target (a unikernel is "linux" and "unikernel" and nothing else), so the question is one of reachability in the control flow
/// graph with those branches decided.
/// </summary>
/// <remarks>Asked only where a rule is about to report: code without findings never builds a graph.</remarks>
internal static class GuardFlow
{
    public const string Platform = "unikernel";

    /// <summary>Is <paramref name="operation"/> kept from running on a unikernel by a guard?</summary>
    public static bool IsGuarded(IOperation operation, CancellationToken cancellation)
    {
        // From the innermost body outwards: a lambda in an unreachable branch never runs either.
        IOperation inner = operation;
        for (IOperation? body = EnclosingBody(operation); body is not null; body = body.Parent is { } parent ? EnclosingBody(parent) : null)
        {
            if (GraphOf(body, cancellation) is { } graph && !IsReachable(graph, inner.Syntax, cancellation))
            {
                return true;
            }

            inner = body;
        }

        return false;
    }

    private static IOperation? EnclosingBody(IOperation operation)
    {
        IOperation? body = operation;
        while (body is not null)
        {
            if (body is IAnonymousFunctionOperation or ILocalFunctionOperation && body != operation)
            {
                return body;
            }

            if (body.Parent is null)
            {
                return body == operation ? null : body;
            }

            body = body.Parent;
        }

        return null;
    }

    private static ControlFlowGraph? GraphOf(IOperation body, CancellationToken cancellation)
    {
        IOperation root = body;
        Stack<IOperation> nested = new();
        while (root.Parent is not null)
        {
            if (root is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                nested.Push(root);
            }

            root = root.Parent;
        }

        ControlFlowGraph? graph = root switch
        {
            IMethodBodyOperation method => ControlFlowGraph.Create(method, cancellation),
            IConstructorBodyOperation constructor => ControlFlowGraph.Create(constructor, cancellation),
            IBlockOperation block => ControlFlowGraph.Create(block, cancellation),
            IFieldInitializerOperation field => ControlFlowGraph.Create(field, cancellation),
            IPropertyInitializerOperation property => ControlFlowGraph.Create(property, cancellation),
            IParameterInitializerOperation parameter => ControlFlowGraph.Create(parameter, cancellation),
            _ => null,
        };
        while (graph is not null && nested.Count > 0)
        {
            graph = Nested(graph, nested.Pop(), cancellation);
        }

        return graph;
    }

    private static ControlFlowGraph? Nested(ControlFlowGraph graph, IOperation function, CancellationToken cancellation)
    {
        if (function is ILocalFunctionOperation local)
        {
            return graph.LocalFunctions.Contains(local.Symbol) ? graph.GetLocalFunctionControlFlowGraph(local.Symbol, cancellation) : null;
        }

        foreach (BasicBlock block in graph.Blocks)
        {
            foreach (IOperation operation in OperationsOf(block))
            {
                foreach (IOperation descendant in operation.DescendantsAndSelf())
                {
                    if (descendant is IFlowAnonymousFunctionOperation lambda && lambda.Syntax == function.Syntax)
                    {
                        return graph.GetAnonymousFunctionControlFlowGraph(lambda, cancellation);
                    }
                }
            }
        }

        return null;
    }

    private static IEnumerable<IOperation> OperationsOf(BasicBlock block)
    {
        foreach (IOperation operation in block.Operations)
        {
            yield return operation;
        }

        if (block.BranchValue is { } value)
        {
            yield return value;
        }
    }

    private static bool IsReachable(ControlFlowGraph graph, SyntaxNode syntax, CancellationToken cancellation)
    {
        bool[] reachable = ReachableBlocks(graph, cancellation);
        bool seen = false;
        foreach (BasicBlock block in graph.Blocks)
        {
            foreach (IOperation operation in OperationsOf(block))
            {
                if (operation.Syntax.SyntaxTree == syntax.SyntaxTree && operation.Syntax.FullSpan.Contains(syntax.Span) && Holds(operation, syntax))
                {
                    if (reachable[block.Ordinal])
                    {
                        return true;
                    }

                    seen = true;
                }
            }
        }

        return !seen;
    }

    private static bool Holds(IOperation operation, SyntaxNode syntax)
    {
        foreach (IOperation descendant in operation.DescendantsAndSelf())
        {
            if (descendant.Syntax == syntax || (descendant.Syntax.Span == syntax.Span))
            {
                return true;
            }
        }

        return false;
    }

    private static bool[] ReachableBlocks(ControlFlowGraph graph, CancellationToken cancellation)
    {
        bool[] reachable = new bool[graph.Blocks.Length];
        Dictionary<ILocalSymbol, bool?> locals = GuardLocals(graph);
        Stack<BasicBlock> work = new();
        work.Push(graph.Blocks[0]);
        while (work.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            BasicBlock block = work.Pop();
            if (reachable[block.Ordinal])
            {
                continue;
            }

            reachable[block.Ordinal] = true;
            bool? condition = block.ConditionKind == ControlFlowConditionKind.None || block.BranchValue is null
                ? null : GuardValue.Of(block.BranchValue, locals);
            bool jumps = condition is null || condition == (block.ConditionKind == ControlFlowConditionKind.WhenTrue);
            bool falls = condition is null || condition != (block.ConditionKind == ControlFlowConditionKind.WhenTrue);
            if (block.ConditionalSuccessor is { } conditional && jumps)
            {
                Follow(conditional, work);
            }

            if (block.FallThroughSuccessor is { } next && (block.ConditionalSuccessor is null || falls))
            {
                Follow(next, work);
            }

            // A handler can be entered from any block of its try: take it as reachable as soon as the try is. The root of a lambda's graph
            // hangs in the region of the graph around it, whose ordinals are not ours: stop there.
            for (ControlFlowRegion? region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root }; region = region.EnclosingRegion)
            {
                if (region.Kind is ControlFlowRegionKind.Try or ControlFlowRegionKind.TryAndCatch or ControlFlowRegionKind.TryAndFinally
                    && region.EnclosingRegion is { } outer)
                {
                    foreach (ControlFlowRegion handler in region.Kind == ControlFlowRegionKind.Try ? outer.NestedRegions : region.NestedRegions)
                    {
                        if (handler.Kind is not ControlFlowRegionKind.Try && !reachable[handler.FirstBlockOrdinal])
                        {
                            work.Push(graph.Blocks[handler.FirstBlockOrdinal]);
                        }
                    }
                }
            }
        }

        return reachable;

        void Follow(ControlFlowBranch branch, Stack<BasicBlock> stack)
        {
            foreach (ControlFlowRegion region in branch.FinallyRegions)
            {
                stack.Push(graph.Blocks[region.FirstBlockOrdinal]);
            }

            if (branch.Destination is { } destination)
            {
                stack.Push(destination);
            }
        }
    }

    /// <summary>
    /// Locals that hold a guard's value: declared with a guard and never assigned again. Read from the source's own tree, where
    /// <c>a || b</c> is still one operation.
    /// </summary>
    private static Dictionary<ILocalSymbol, bool?> GuardLocals(ControlFlowGraph graph)
    {
        Dictionary<ILocalSymbol, bool?> values = new(SymbolEqualityComparer.Default);
        foreach (IOperation operation in graph.OriginalOperation.Descendants())
        {
            switch (operation)
            {
                case IVariableDeclaratorOperation { Symbol.Type.SpecialType: SpecialType.System_Boolean, Initializer: { } initializer } declarator:
                    values[declarator.Symbol] = GuardValue.Of(initializer.Value, values);
                    break;
                case IAssignmentOperation { Target: ILocalReferenceOperation assigned }:
                    values[assigned.Local] = null;
                    break;
                case IArgumentOperation { Value: ILocalReferenceOperation byReference, Parameter.RefKind: not RefKind.None and not RefKind.In }:
                    values[byReference.Local] = null;
                    break;
            }
        }

        return values;
    }
}
