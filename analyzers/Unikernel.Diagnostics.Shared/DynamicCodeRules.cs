namespace Unikernel.Diagnostics;

/// <summary>2300-2399: code that is found or made at run time, said while typing. Silent where the framework's IL2xxx and IL3xxx analyzers are on.</summary>
public static class DynamicCodeRules
{
    public static readonly Rule ReflectionEmit = new Rule("UKN2301", "Code made at run time",
        "'{0}' makes code at run time, and a unikernel image has no compiler and no memory that is both writable and executable. Use a source generator.",
        RuleLevel.Warning);

    public static readonly Rule AssemblyLoading = new Rule("UKN2302", "Assembly loaded at run time",
        "'{0}' loads code at run time, and all code of a unikernel is compiled into its image. Reference the assembly from the project.",
        RuleLevel.Warning);

    public static readonly Rule ComputedTypeName = new Rule("UKN2303", "Type looked up by a computed name",
        "'{0}' with a name that is not a constant finds only types that something else keeps in the image. Use typeof, or a table of types.",
        RuleLevel.Warning);

    public static readonly Rule ExpressionCompile = new Rule("UKN2304", "Expression that is interpreted",
        "'{0}' does not compile on a unikernel: the expression is interpreted, many times slower. Use a delegate written in C#.",
        RuleLevel.Suggestion);

    public static readonly Rule ReflectionSerializer = new Rule("UKN2305", "Serialization by reflection",
        "'{0}' finds members by reflection, and what only reflection uses is not in the image. Use a source generator (JsonSerializerContext).",
        RuleLevel.Warning);

    public static readonly Rule JsonAnswer = new Rule("UKN2306", "JSON answer without a JsonSerializerContext",
        "'{0}' answers '{1}' as JSON, and the program has no JsonSerializerContext that describes it: members that only reflection finds are not in the image. Declare one with [JsonSerializable(typeof({1}))] and add it in ConfigureHttpJsonOptions.",
        RuleLevel.Warning);
}
