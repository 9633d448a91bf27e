namespace Unikernel.Binding;

/// <summary>
/// Says that a static method takes the place of a method of another assembly, whose own code assumes something that a unikernel
/// does not have. The linker redirects the method's body to the replacement.
/// </summary>
/// <remarks>
/// The replacement has the parameters of the target; an instance method's <c>this</c> comes first. A parameter whose type is not
/// accessible is declared as <see cref="object"/> (classes), as the underlying type (enumerations) or as a pointer (structures by
/// reference). Whether the target still is what the replacement was written against is checked at each build: a target that is
/// gone, that has other parameters, or whose body differs from <see cref="Fingerprint"/> is reported.
/// </remarks>
/// <param name="assembly">Simple name of the assembly that holds the target.</param>
/// <param name="type">Full name of the target's type as metadata spells it (nested types with <c>/</c>).</param>
/// <param name="method">Name of the target; constructors are <c>.ctor</c> and <c>.cctor</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true, Inherited = false)]
public sealed class ReplacesAttribute(string assembly, string type, string method) : Attribute
{
    /// <summary>Simple name of the assembly that holds the target.</summary>
    public string Assembly { get; } = assembly;

    /// <summary>Full name of the target's type.</summary>
    public string Type { get; } = type;

    /// <summary>Name of the target.</summary>
    public string Method { get; } = method;

    /// <summary>What the framework's own code assumes that does not hold on a unikernel. Part of every message about it.</summary>
    public required string Why { get; init; }

    /// <summary>
    /// The IL of the target that the replacement was written against, as the linker's <c>fingerprint</c> command prints it: the
    /// first 16 hexadecimal digits of a SHA-256 over the opcodes and operands' full names. Null: the body may be anything.
    /// </summary>
    public string? Fingerprint { get; init; }

    /// <summary>
    /// Members that give the target back its own code when the program reaches one of them: what only they can make use of is not in
    /// other programs. As <c>assembly!type::method</c>, all overloads, with the types of the parameters, <c>assembly!type::method(System.String)</c>, or
    /// <c>assembly!type::*Async</c>, all that end so. <c>*!type::.ctor</c>: of the user's classes that derive from the type.
    /// </summary>
    public string[]? Unless { get; init; }

    /// <summary>A feature switch of the build that, when true, leaves the target its own code.</summary>
    public string? UnlessFeature { get; init; }
}
