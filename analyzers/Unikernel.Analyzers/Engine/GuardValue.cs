using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Unikernel.Analyzers;

/// <summary>The value that a platform guard has on a unikernel: true, false, or null where an expression is no guard.</summary>
internal static class GuardValue
{
    public static bool? Of(IOperation operation, IReadOnlyDictionary<ILocalSymbol, bool?> locals)
    {
        switch (operation)
        {
            case { ConstantValue: { HasValue: true, Value: bool constant } }:
                return constant;
            case IParenthesizedOperation parenthesized:
                return Of(parenthesized.Operand, locals);
            case IConversionOperation conversion:
                return Of(conversion.Operand, locals);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return !Of(not.Operand, locals);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals } equal:
                return Of(equal.LeftOperand, locals) is { } l && Of(equal.RightOperand, locals) is { } r ? l == r : null;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.NotEquals } unequal:
                return Of(unequal.LeftOperand, locals) is { } a && Of(unequal.RightOperand, locals) is { } b ? a != b : null;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd } and:
                return (Of(and.LeftOperand, locals), Of(and.RightOperand, locals)) switch
                {
                    (false, _) or (_, false) => false,
                    (true, true) => true,
                    _ => null,
                };
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr } or:
                return (Of(or.LeftOperand, locals), Of(or.RightOperand, locals)) switch
                {
                    (true, _) or (_, true) => true,
                    (false, false) => false,
                    _ => null,
                };
            case ILocalReferenceOperation local:
                return locals.TryGetValue(local.Local, out bool? value) ? value : null;
            case IInvocationOperation call:
                return OfCall(call) ?? OfAttributes(call.TargetMethod);
            case IPropertyReferenceOperation property:
                return OfAttributes(property.Property);
            case IFieldReferenceOperation field:
                return OfAttributes(field.Field);
            default:
                return null;
        }
    }

    private static bool? OfCall(IInvocationOperation call)
    {
        IMethodSymbol method = call.TargetMethod;
        if (method.ContainingType is { Name: "OperatingSystem", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
        {
            switch (method.Name)
            {
                case "IsLinux":
                    return true;
                case "IsOSPlatform":
                case "IsOSPlatformVersionAtLeast":
                    return call.Arguments.Length > 0 && call.Arguments[0].Value.ConstantValue is { HasValue: true, Value: string name } ? IsTarget(name) : null;
                default:
                    // IsWindows, IsMacOSVersionAtLeast, IsBrowser, IsWasi, …: one shape, and never this platform.
                    return method.IsStatic && method.ReturnType.SpecialType == SpecialType.System_Boolean && method.Name.StartsWith("Is", StringComparison.Ordinal)
                        ? false : null;
            }
        }

        if (method is { Name: "IsOSPlatform", ContainingType: { Name: "RuntimeInformation", ContainingNamespace.Name: "InteropServices" } }
            && call.Arguments.Length == 1)
        {
            return call.Arguments[0].Value switch
            {
                IPropertyReferenceOperation { Property: { ContainingType.Name: "OSPlatform", Name: var name } } => IsTarget(name),
                IInvocationOperation { TargetMethod: { Name: "Create", ContainingType.Name: "OSPlatform" }, Arguments: [{ Value.ConstantValue: { HasValue: true, Value: string created } }] }
                    => IsTarget(created),
                _ => null,
            };
        }

        return null;
    }

    private static bool IsTarget(string platform) =>
        platform.Equals("linux", StringComparison.OrdinalIgnoreCase) || platform.Equals(GuardFlow.Platform, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The framework's own guard attributes, with our platform's name: <c>[SupportedOSPlatformGuard("unikernel")]</c> is true only there,
    /// <c>[UnsupportedOSPlatformGuard("unikernel")]</c> only elsewhere.
    /// </summary>
    private static bool? OfAttributes(ISymbol member)
    {
        foreach (AttributeData attribute in member.GetAttributes())
        {
            string? name = attribute.AttributeClass?.Name;
            if (name is "SupportedOSPlatformGuardAttribute" or "UnsupportedOSPlatformGuardAttribute"
                && attribute.ConstructorArguments is [{ Value: string platform }])
            {
                bool target = platform.StartsWith(GuardFlow.Platform, StringComparison.OrdinalIgnoreCase);
                if (name[0] == 'U' && target)
                {
                    return false;
                }

                if (name[0] == 'S')
                {
                    return target ? true : platform.StartsWith("linux", StringComparison.OrdinalIgnoreCase) ? null : false;
                }
            }
        }

        return null;
    }
}
