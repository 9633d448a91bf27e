namespace Unikernel.Binding;

/// <summary>
/// Says that a static method is the implementation of an entry point of a native library. The linker turns every P/Invoke of
/// that library and entry point, in every assembly of the program, into a direct call of the method.
/// </summary>
/// <remarks>
/// The method has the signature of the P/Invoke as the marshaller calls it, that is, with blittable types only. Types correspond
/// by what the machine sees: an enumeration and its underlying type, <see cref="nint"/> and any pointer or function pointer,
/// <see cref="byte"/> and a blittable <see cref="bool"/>; structures behind a pointer may be declared anew. Everything else that
/// differs is an error of the build that shows both signatures.
/// A method may provide several entry points; an entry point has one provider, and a project's own provider wins over a package's.
/// </remarks>
/// <param name="library">The library as the P/Invoke names it, for instance <c>libSystem.Native</c>.</param>
/// <param name="entryPoint">The entry point, for instance <c>SystemNative_Write</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true, Inherited = false)]
public sealed class ProvidesEntryPointAttribute(string library, string entryPoint) : Attribute
{
    /// <summary>The library as the P/Invoke names it, without a path; a leading <c>lib</c> and a trailing <c>.so</c> count.</summary>
    public string Library { get; } = library;

    /// <summary>The name of the entry point.</summary>
    public string EntryPoint { get; } = entryPoint;
}
