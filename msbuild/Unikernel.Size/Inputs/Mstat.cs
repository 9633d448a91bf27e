using System.Globalization;
using System.Reflection.PortableExecutable;
using System.Text;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Unikernel.Size.Inputs;

/// <summary>A thing of C# that ILC compiled.</summary>
/// <param name="Assembly">Name of the assembly.</param>
/// <param name="Namespace">Namespace; empty for the global one.</param>
/// <param name="Type">The type without its namespace, nested types behind a dot.</param>
/// <param name="Member">The method or field with its parameters; null for the type itself.</param>
public sealed record ManagedEntity(string Assembly, string Namespace, string Type, string? Member);

/// <summary>
/// The file that ILC writes for `--mstat`: an assembly whose global methods are lists of what was compiled, as IL that only loads constants
/// (dotnet/runtime, src/coreclr/tools/aot/ILCompiler.Compiler/Compiler/MstatObjectDumper.cs). The mangled names, which are the symbols of the object
/// file, are in the PE section <c>.names</c>.
/// </summary>
public sealed class Mstat
{
    /// <summary>The versions whose lists have the shape that this reader knows: 2.1 brought fields with data, 2.2 folded methods.</summary>
    private static readonly Version _first = new(2, 1), _beyond = new(2, 3);

    /// <summary>Of methods and of fields with data: the entity by symbol.</summary>
    public Dictionary<string, ManagedEntity> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Of types: the entity by the type's part of a symbol.</summary>
    public Dictionary<string, ManagedEntity> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the assemblies that have something in the image.</summary>
    public SortedSet<string> Assemblies { get; } = new(StringComparer.Ordinal);

    public Version Version { get; private init; } = new();

    public static Mstat Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException(path, "does not exist");
        try
        {
            using ModuleDefinition module = ModuleDefinition.ReadModule(path, new ReaderParameters { InMemory = true });
            Version version = module.Assembly.Name.Version;
            version = new Version(version.Major, version.Minor);
            if (version < _first || version >= _beyond)
                throw new InputException(path, $"has version {version} of ILC's size data, and this tool reads {_first} to 2.2: it comes from another ILCompiler than the SDK's");
            var mstat = new Mstat { Version = version };
            byte[] names = ReadNames(path);
            mstat.ReadMethods(path, Body(path, module, "Methods"), names);
            mstat.ReadTypes(path, Body(path, module, "Types"), names);
            mstat.ReadFields(path, Body(path, module, "RvaFields"), names);
            return mstat;
        }
        catch (Exception e) when (e is BadImageFormatException or ArgumentException or IndexOutOfRangeException or InvalidCastException)
        {
            throw new InputException(path, $"is not size data of ILC (an .mstat file): {e.Message}");
        }
    }

    private static IList<Instruction> Body(string path, ModuleDefinition module, string name)
    {
        MethodDefinition? list = module.Types[0].Methods.FirstOrDefault(m => m.Name == name);
        return list is { HasBody: true } ? list.Body.Instructions : throw new InputException(path, $"has no list '{name}': it is not size data of ILC (an .mstat file)");
    }

    private static byte[] ReadNames(string path)
    {
        using var pe = new PEReader(File.OpenRead(path));
        return [.. pe.GetSectionData(".names").GetContent()];
    }

    private void ReadMethods(string path, IList<Instruction> list, byte[] names)
    {
        const int Stride = 5; // ldtoken, size, GC info, EH info, name
        CheckStride(path, "Methods", list, Stride);
        for (int i = 0; i < list.Count - 1; i += Stride)
        {
            var method = (MethodReference)list[i].Operand;
            Members.TryAdd(Name(names, list[i + 4]), Entity(method.DeclaringType, MemberText(method)));
        }
    }

    private void ReadTypes(string path, IList<Instruction> list, byte[] names)
    {
        const int Stride = 3; // ldtoken, size, name
        CheckStride(path, "Types", list, Stride);
        for (int i = 0; i < list.Count - 1; i += Stride)
        {
            string name = Name(names, list[i + 2]);
            if (list[i].Operand is TypeReference type && TypePart(name) is { } part)
                Types.TryAdd(part, Entity(type, null));
        }
    }

    private void ReadFields(string path, IList<Instruction> list, byte[] names)
    {
        const int Stride = 3;
        CheckStride(path, "RvaFields", list, Stride);
        for (int i = 0; i < list.Count - 1; i += Stride)
        {
            var field = (FieldReference)list[i].Operand;
            Members.TryAdd(Name(names, list[i + 2]), Entity(field.DeclaringType, field.Name));
        }
    }

    private static void CheckStride(string path, string name, IList<Instruction> list, int stride)
    {
        // A list may end with a return.
        if (list.Count % stride > 1 || list.Count >= stride && list[0].OpCode != OpCodes.Ldtoken)
            throw new InputException(path, $"has a list '{name}' of an unknown shape: it comes from another ILCompiler than the SDK's");
    }

    /// <summary>The type's part of the symbol of a method table: <c>_ZTV</c>, its length, <c>Boxed_</c> for value types, and what kind of table.</summary>
    private static string? TypePart(string symbol)
    {
        if (!symbol.StartsWith("_ZTV", StringComparison.Ordinal))
            return null;
        int at = 4;
        while (at < symbol.Length && char.IsAsciiDigit(symbol[at]))
            at++;
        int end = symbol.IndexOf(' ', StringComparison.Ordinal);
        string part = symbol[at..(end < 0 ? symbol.Length : end)];
        return part.StartsWith("Boxed_", StringComparison.Ordinal) ? part["Boxed_".Length..] : part;
    }

    private ManagedEntity Entity(TypeReference type, string? member)
    {
        TypeReference definition = type;
        while (definition is TypeSpecification specification and not FunctionPointerType)
            definition = specification.ElementType;
        if (definition is FunctionPointerType or GenericParameter)
        {
            // Types that no assembly declares.
            const string CoreLibrary = "System.Private.CoreLib";
            Assemblies.Add(CoreLibrary);
            return new ManagedEntity(CoreLibrary, "", "(function pointers)", member ?? TypeText(type));
        }

        string name = definition.Name;
        TypeReference outer = definition;
        while (outer.DeclaringType is { } declaring)
        {
            outer = declaring;
            name = outer.Name + "." + name;
        }

        string assembly = outer.Scope is AssemblyNameReference scope ? scope.Name : outer.Module.Assembly.Name.Name;
        Assemblies.Add(assembly);
        if (member is null && type is GenericInstanceType or ArrayType or PointerType or ByReferenceType)
            member = "instantiation " + TypeText(type);
        return new ManagedEntity(assembly, outer.Namespace, name, member);
    }


    private static string MemberText(MethodReference method)
    {
        var text = new StringBuilder(method.Name);
        if (method is GenericInstanceMethod generic)
            text.Append('<').AppendJoin(", ", generic.GenericArguments.Select(TypeText)).Append('>');
        text.Append('(').AppendJoin(", ", method.Parameters.Select(p => TypeText(p.ParameterType))).Append(')');
        if (method.DeclaringType is GenericInstanceType instance)
            text.Append(" of <").AppendJoin(", ", instance.GenericArguments.Select(TypeText)).Append('>');
        return text.ToString();
    }

    private static string TypeText(TypeReference type) => type switch
    {
        GenericInstanceType generic => Bare(generic.ElementType.Name) + "<" + string.Join(", ", generic.GenericArguments.Select(TypeText)) + ">",
        GenericParameter parameter => (parameter.Type == GenericParameterType.Method ? "M" : "T") + parameter.Position.ToString(CultureInfo.InvariantCulture),
        ArrayType array => TypeText(array.ElementType) + "[" + new string(',', array.Rank - 1) + "]",
        ByReferenceType reference => TypeText(reference.ElementType) + "&",
        FunctionPointerType function => "delegate*<" + string.Join(", ", function.Parameters.Select(p => TypeText(p.ParameterType)).Append(TypeText(function.ReturnType))) + ">",
        PointerType pointer => TypeText(pointer.ElementType) + "*",
        TypeSpecification specification => TypeText(specification.ElementType),
        _ => type.Name,
    };

    private static string Bare(string name) => name.IndexOf('`', StringComparison.Ordinal) is > 0 and var tick ? name[..tick] : name;

    /// <summary>A name of the .names section: its length as ECMA-335 II.23.2 compresses integers, then UTF-8.</summary>
    private static string Name(byte[] names, Instruction load)
    {
        int at = load.OpCode.Code switch
        {
            Code.Ldc_I4 => (int)load.Operand,
            Code.Ldc_I4_S => (sbyte)load.Operand,
            >= Code.Ldc_I4_0 and <= Code.Ldc_I4_8 => load.OpCode.Code - Code.Ldc_I4_0,
            _ => throw new BadImageFormatException($"'{load}' is not the place of a name"),
        };
        int length = names[at++];
        if ((length & 0x80) != 0)
        {
            length = (length & 0x40) == 0
                ? ((length & 0x3F) << 8) | names[at++]
                : ((length & 0x1F) << 24) | (names[at++] << 16) | (names[at++] << 8) | names[at++];
        }

        return Encoding.UTF8.GetString(names.AsSpan(at, length));
    }
}
