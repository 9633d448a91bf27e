namespace Unikernel.Diagnostics;

/// <summary>4000-4999: size budgets.</summary>
public static class SizeRules
{
}
