namespace Unikernel.Diagnostics;

/// <summary>2000-2999: binding, reflection, trimming and input of the linker.</summary>
public static class LinkingRules
{
    // 2000-2009: binding P/Invokes to C# methods.
    public static readonly Rule SignatureMismatch = new Rule(
        "UKN2001",
        "P/Invoke and provider have different signatures",
        "{0}: the P/Invoke is '{1}' in {2}, but its provider is '{3}' in {4}. Give the provider the parameters of the P/Invoke.",
        RuleLevel.Error);

    public static readonly Rule DuplicateProvider = new Rule(
        "UKN2002",
        "Entry point has two providers in one assembly",
        "{0} is provided by '{1}' and by '{2}'. Remove one of the attributes.",
        RuleLevel.Error);

    public static readonly Rule InvalidProvider = new Rule(
        "UKN2003",
        "Method cannot provide an entry point",
        "'{0}' cannot provide {1}: {2}. A provider is a static, non-generic method with blittable parameters and a body.",
        RuleLevel.Error);

    public static readonly Rule NeedsMarshalling = new Rule(
        "UKN2004",
        "P/Invoke needs marshalling that a provider cannot take",
        "'{0}' asks for {1}, which '{2}' provides, but {3} would have to be marshalled. Declare it with [LibraryImport], "
            + "which marshals in C#, or with blittable types.",
        RuleLevel.Error);

    // 2010-2019: replacements, substitutions, descriptors.
    public static readonly Rule ReplacementMisfit = new Rule(
        "UKN2010",
        "Replacement does not fit the framework",
        "'{0}' replaces {1} ({2}), but {3}. Adapt the replacement to this version of the framework.",
        RuleLevel.Error);

    public static readonly Rule InvalidXml = new Rule(
        "UKN2011",
        "Substitution or descriptor file is not valid",
        "{0}: {1}",
        RuleLevel.Error);

    public static readonly Rule XmlTargetMissing = new Rule(
        "UKN2012",
        "Substitution or descriptor names something that does not exist",
        "{0}: {1} does not exist. Correct the name or remove the entry.",
        RuleLevel.Warning);

    // 2020-2029: what marking finds.
    public static readonly Rule MissingReference = new Rule(
        "UKN2020",
        "Referenced assembly was not given",
        "'{0}' uses '{1}' of the assembly '{2}', which is not among the references. The call will throw when it is reached. "
            + "Add the package or project that contains it.",
        RuleLevel.Warning);

    public static readonly Rule MissingMember = new Rule(
        "UKN2021",
        "Referenced member does not exist",
        "'{0}' uses '{1}', which the assembly '{2}' does not have. The call will throw when it is reached. "
            + "The packages were built for different versions of it; align their versions.",
        RuleLevel.Warning);

    // 2100-2199: input and output.
    public static readonly Rule UnreadableInput = new Rule(
        "UKN2100",
        "Input is not a readable .NET assembly",
        "'{0}' is not a readable .NET assembly: {1}. Rebuild it or restore its package again.",
        RuleLevel.Error);

    public static readonly Rule MixedMode = new Rule(
        "UKN2101",
        "Assembly contains native code",
        "'{0}' contains native code (C++/CLI), which no NativeAOT program can use. Use a build of it that is pure IL.",
        RuleLevel.Error);

    public static readonly Rule ReferenceAssembly = new Rule(
        "UKN2102",
        "Reference assembly cannot be linked",
        "'{0}' is a reference assembly: its methods have no code. Reference the implementation (lib/, not ref/).",
        RuleLevel.Error);

    public static readonly Rule DuplicateAssembly = new Rule(
        "UKN2103",
        "Two different assemblies have one name",
        "'{0}' and '{1}' are different assemblies with one name. Reference only one of them.",
        RuleLevel.Error);

    public static readonly Rule InputMissing = new Rule(
        "UKN2104",
        "Input file does not exist",
        "'{0}' does not exist. Build or restore the project again, or correct the path.",
        RuleLevel.Error);

    public static readonly Rule NoEntryPoint = new Rule(
        "UKN2105",
        "Main assembly has no entry point",
        "'{0}' has no Main method. Set <OutputType>Exe</OutputType>.",
        RuleLevel.Error);

    public static readonly Rule CannotWrite = new Rule(
        "UKN2106",
        "Output cannot be written",
        "'{0}' cannot be written: {1}",
        RuleLevel.Error);

    public static readonly Rule UnreadableCode = new Rule(
        "UKN2107",
        "Method body cannot be read",
        "The code of '{0}' cannot be read: {1}. The assembly is damaged or obfuscated beyond the ECMA-335 standard; use another build of it.",
        RuleLevel.Error);

    public static readonly Rule NothingToFingerprint = new Rule(
        "UKN2108",
        "Nothing to take a fingerprint of",
        "'{0}' has no method '{1}::{2}': {3} does not exist. Give the type as metadata spells it, nested types with '/' or '+'.",
        RuleLevel.Error);

    public static readonly Rule WrongUsage = new Rule(
        "UKN2198",
        "Wrong arguments of the linker",
        "{0}",
        RuleLevel.Error);

    public static readonly Rule InternalError = new Rule(
        "UKN2199",
        "Defect of the linker",
        "The linker failed at '{0}': {1}. This is a defect of the toolchain; please report it with the project or the assembly.",
        RuleLevel.Error);
}
