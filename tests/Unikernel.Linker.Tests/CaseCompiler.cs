using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Unikernel.Linker.Tests;

/// <summary>Compiles C# in the process, against the framework that runs the tests.</summary>
internal static class CaseCompiler
{
    private static readonly ConcurrentDictionary<string, MetadataReference> s_references = new();

    /// <summary>Folder with the implementation assemblies of the shared framework.</summary>
    public static string FrameworkDirectory { get; } = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    /// <summary>The managed assemblies of the framework.</summary>
    public static IReadOnlyList<string> Framework { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetDirectoryName(p) == FrameworkDirectory).Order(StringComparer.Ordinal),
    ];

    /// <summary>Compiles sources to a file with a portable PDB beside it.</summary>
    public static void Compile(string path, IEnumerable<(string Name, string Text)> sources, OutputKind kind, params string[] references)
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(path),
            sources.Select(s => CSharpSyntaxTree.ParseText(SourceText.From(s.Text, System.Text.Encoding.UTF8), parse, s.Name)),
            Framework.Concat(references).Select(r => s_references.GetOrAdd(r, f => MetadataReference.CreateFromFile(f))),
            new CSharpCompilationOptions(kind, allowUnsafe: true, optimizationLevel: OptimizationLevel.Release, deterministic: true, nullableContextOptions: NullableContextOptions.Annotations));
        using FileStream image = File.Create(path);
        using FileStream symbols = File.Create(Path.ChangeExtension(path, ".pdb"));
        EmitResult result = compilation.Emit(image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        if (!result.Success)
        {
            throw new InvalidOperationException(string.Join(
                Environment.NewLine, result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        }
    }
}
