using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN2304: expression trees are interpreted.</summary>
internal sealed class UKN2304_ExpressionCompile : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = DynamicCodeRules.ExpressionCompile.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Linq.Expressions.LambdaExpression", "System.Linq.Expressions.Expression`1"];

    public override object[]? Report(in ApiUse use) => use.Symbol.Name == "Compile" ? [use.DisplayName] : null;
}
