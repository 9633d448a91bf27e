using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Unikernel.Analyzers.Tests;

/// <summary>
/// A program that uses every public member of the framework once, one use in a line: calls, constructions, properties read and set, events,
/// conversions. What C# does not let a program write (members of types that cannot be named as type arguments, and the like) is left out and counted.
/// </summary>
internal sealed class PublicSurface
{
    private static readonly SymbolDisplayFormat s_type = SymbolDisplayFormat.FullyQualifiedFormat;

    private static readonly CSharpCompilation s_core = CSharpCompilation.Create("core", [], Verify.Framework);

    private readonly List<string> _members = [];

    private PublicSurface(CSharpCompilation compilation, IReadOnlyList<string> leftOut)
    {
        Compilation = compilation;
        LeftOut = leftOut;
    }

    public CSharpCompilation Compilation { get; }

    /// <summary>The members that C# does not let a program use like this.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    public int Count => _members.Count;

    /// <summary>The member that a line (from 0) of the program uses.</summary>
    public string MemberAt(int line) => line - 1 < _members.Count && line >= 1 ? _members[line - 1] : $"line {line}";

    public static PublicSurface Create(Func<INamedTypeSymbol, bool> wanted)
    {
        // Experimental members are there to be used as well.
        Dictionary<string, ReportDiagnostic> experimental = Enumerable.Range(5000, 20).ToDictionary(number => $"SYSLIB{number}", _ => ReportDiagnostic.Suppress);
        CSharpCompilation empty = CSharpCompilation.Create("surface", [], Verify.Framework, new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, concurrentBuild: false)
            .WithSpecificDiagnosticOptions(experimental));
        List<(string Name, string Code)> uses = [];
        foreach (MetadataReference reference in Verify.Framework)
        {
            if (empty.GetAssemblyOrModuleSymbol(reference) is IAssemblySymbol assembly && assembly.Name.StartsWith("System.", StringComparison.Ordinal))
            {
                Collect(assembly.GlobalNamespace, wanted, uses);
            }
        }

        // What does not compile is left out; a second look, because an error in one line can hide others.
        List<string> leftOut = [];
        for (int round = 0; round < 4; round++)
        {
            SyntaxTree tree = CSharpSyntaxTree.ParseText(SourceText.From(Write(uses), Encoding.UTF8), new CSharpParseOptions(LanguageVersion.Preview), "surface.cs");
            CSharpCompilation compilation = empty.AddSyntaxTrees(tree);
            HashSet<int> wrong = [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(diagnostic => diagnostic.Location.GetLineSpan().StartLinePosition.Line - 1)];
            if (wrong.Count == 0)
            {
                PublicSurface result = new(compilation, leftOut);
                result._members.AddRange(uses.Select(use => use.Name));
                return result;
            }

            leftOut.AddRange(uses.Where((_, index) => wrong.Contains(index)).Select(use => use.Name));
            uses = [.. uses.Where((_, index) => !wrong.Contains(index))];
        }

        throw new InvalidOperationException("the program still has errors after four rounds");
    }

    public void Emit(string folder)
    {
        using FileStream dll = File.Create(Path.Combine(folder, "surface.dll"));
        using FileStream pdb = File.Create(Path.Combine(folder, "surface.pdb"));
        EmitResult result = Compilation.Emit(dll, pdb, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        if (!result.Success)
        {
            throw new InvalidOperationException(string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Take(10)));
        }
    }

    private static string Write(List<(string Name, string Code)> uses)
    {
        StringBuilder text = new("unsafe static class Surface {\n");
        for (int i = 0; i < uses.Count; i++)
        {
            text.Append("static void M").Append(i).Append("() { ").Append(uses[i].Code).Append(" }\n");
        }

        text.Append("static void Main() {\n");
        for (int i = 0; i < uses.Count; i++)
        {
            text.Append('M').Append(i).Append("(); ");
        }

        return text.Append("} }\n").ToString();
    }

    private static void Collect(INamespaceSymbol space, Func<INamedTypeSymbol, bool> wanted, List<(string, string)> uses)
    {
        foreach (INamespaceSymbol inner in space.GetNamespaceMembers())
        {
            Collect(inner, wanted, uses);
        }

        foreach (INamedTypeSymbol type in space.GetTypeMembers())
        {
            Collect(type, wanted, uses);
        }
    }

    private static void Collect(INamedTypeSymbol type, Func<INamedTypeSymbol, bool> wanted, List<(string, string)> uses)
    {
        if (type.DeclaredAccessibility != Accessibility.Public || type.TypeKind is TypeKind.Enum or TypeKind.Delegate)
        {
            return;
        }

        foreach (INamedTypeSymbol nested in type.GetTypeMembers())
        {
            Collect(nested, wanted, uses);
        }

        if (!wanted(type) || Close(type) is not { } closed)
        {
            return;
        }

        foreach (ISymbol member in closed.GetMembers())
        {
            if (member.DeclaredAccessibility == Accessibility.Public && Use(closed, member) is { } code)
            {
                uses.Add((closed.OriginalDefinition.ToDisplayString() + ": " + TypeNeeds.Key(member), code));
            }
        }
    }

    /// <summary>A type with arguments in place of its parameters: those that its constraints name, or int, which most accept.</summary>
    private static INamedTypeSymbol? Close(INamedTypeSymbol type)
    {
        if (!type.IsGenericType)
        {
            return type;
        }

        return type.ContainingType is { IsGenericType: true } ? null : type.Construct([.. type.TypeParameters.Select(ArgumentFor)]);
    }

    private static ITypeSymbol ArgumentFor(ITypeParameterSymbol parameter) =>
        parameter.ConstraintTypes.FirstOrDefault(constraint => constraint is INamedTypeSymbol { IsGenericType: false, TypeKind: not TypeKind.Interface }) is { } constraint ? constraint
        : s_core.GetSpecialType(parameter.HasReferenceTypeConstraint ? SpecialType.System_Object : SpecialType.System_Int32);

    private static string? Use(INamedTypeSymbol type, ISymbol member)
    {
        string name = type.ToDisplayString(s_type);
        string instance = type.IsRefLikeType || type.IsValueType ? $"default({name})" : $"default({name})!";
        string target = member.IsStatic ? name : instance;
        switch (member)
        {
            case IMethodSymbol { MethodKind: MethodKind.Constructor } constructor:
                return type.IsAbstract ? null : $"new {name}({Arguments(constructor.Parameters)});";
            case IMethodSymbol { MethodKind: MethodKind.Ordinary } method:
                string arguments = method.IsGenericMethod ? "<" + string.Join(", ", method.TypeParameters.Select(parameter => ArgumentFor(parameter).ToDisplayString(s_type))) + ">" : "";
                IMethodSymbol closed = method.IsGenericMethod ? method.Construct([.. method.TypeParameters.Select(ArgumentFor)]) : method;
                return $"{(type.IsValueType && !member.IsStatic ? $"var it = {instance}; it" : target)}.@{method.Name}{arguments}({Arguments(closed.Parameters)});";
            case IMethodSymbol { MethodKind: MethodKind.Conversion } conversion:
                return $"_ = ({conversion.ReturnType.ToDisplayString(s_type)})default({conversion.Parameters[0].Type.ToDisplayString(s_type)})!;";
            case IPropertySymbol { IsIndexer: true } indexer:
                return $"{(type.IsValueType ? $"var it = {instance}; " : "")}_ = {(type.IsValueType ? "it" : target)}[{Arguments(indexer.Parameters)}];";
            case IPropertySymbol { GetMethod.DeclaredAccessibility: Accessibility.Public } property:
                return $"_ = {target}.@{property.Name};";
            case IPropertySymbol { SetMethod: { DeclaredAccessibility: Accessibility.Public, IsInitOnly: false } } property when !type.IsValueType:
                return $"{target}.@{property.Name} = default!;";
            case IEventSymbol @event:
                return $"{target}.@{@event.Name} += null;";
            default:
                return null;
        }
    }

    private static string Arguments(IEnumerable<IParameterSymbol> parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        string type = parameter.Type.ToDisplayString(s_type);
        return parameter.RefKind switch
        {
            RefKind.Out => $"out {type} _",
            RefKind.Ref => $"ref *({type}*)null",
            _ => parameter.Type.IsReferenceType ? $"default({type})!" : $"default({type})",
        };
    }));
}
