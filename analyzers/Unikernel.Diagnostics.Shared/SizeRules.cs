namespace Unikernel.Diagnostics;

/// <summary>4000-4999: size budgets.</summary>
public static class SizeRules
{
    public static readonly Rule BudgetExceeded = new Rule("UKN4001", "A size budget is exceeded",
        "{0} has {1}: {2} more than the limit of {3}.{4}", RuleLevel.Error);

    public static readonly Rule BudgetNearlyUsed = new Rule("UKN4002", "A size budget is nearly used up",
        "{0} has {1}: {2} more than the warning threshold of {3}.{4}", RuleLevel.Warning);

    public static readonly Rule GrewSinceBaseline = new Rule("UKN4003", "More growth since the baseline than allowed",
        "{0} grew by {1} since the baseline, from {2} to {3}, and {4} is allowed.{5}", RuleLevel.Error);

    public static readonly Rule BudgetMalformed = new Rule("UKN4010", "The size budget can not be read",
        "{0}", RuleLevel.Error);

    public static readonly Rule BudgetNameUnknown = new Rule("UKN4011", "The size budget names something that the image does not have",
        "There is no {0} in the image{1}. Correct the name, remove the line, or write the limit 0 B if it must never come.", RuleLevel.Error);

    public static readonly Rule BudgetUnderFloor = new Rule("UKN4012", "A limit lies under the floor",
        "The limit of {0} for {1} can not be kept: {2} are the native runtime and the core, which no change of the program removes", RuleLevel.Error);

    public static readonly Rule BaselineUnreadable = new Rule("UKN4013", "The size baseline is missing or can not be read",
        "{0}", RuleLevel.Error);

    public static readonly Rule SizeUnknown = new Rule("UKN4020", "The size of the image can not be told",
        "'{0}' {1}", RuleLevel.Error);

    public static readonly Rule SizeUsage = new Rule("UKN4021", "The size tool was called with wrong arguments",
        "{0}", RuleLevel.Error);
}
