extern alias fixes;

using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Testing;

namespace Unikernel.Analyzers.Tests;

/// <summary>Roslyn's analyzer testing library with the analyzers of this repository and the running framework as references.</summary>
internal static class Verify
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> s_analyzers = Instances<DiagnosticAnalyzer>(typeof(ApiUsageAnalyzer).Assembly);

    private static readonly ImmutableArray<CodeFixProvider> s_fixes = Instances<CodeFixProvider>(typeof(fixes::Unikernel.CodeFixes.NodeFixProvider).Assembly);

    private static readonly ImmutableArray<MetadataReference> s_framework =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => IsFramework(Path.GetFileName(path)))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static DiagnosticAnalyzer AnalyzerOf(string id) => s_analyzers.Single(analyzer => analyzer.SupportedDiagnostics.Any(rule => rule.Id == id));

    public static CodeFixProvider? FixOf(string id) => s_fixes.SingleOrDefault(fix => fix.FixableDiagnosticIds.Contains(id));

    public static ImmutableArray<DiagnosticAnalyzer> Analyzers => s_analyzers;

    public static ImmutableArray<CodeFixProvider> Fixes => s_fixes;

    public static ImmutableArray<MetadataReference> Framework => s_framework;

    /// <summary>A test of one rule; <paramref name="markup"/> holds findings as <c>[|…|]</c>.</summary>
    public static Test Of(string id, string markup, string properties = "", string? fixedSource = null, string file = "/0/Test0.cs")
    {
        Test test = new(AnalyzerOf(id), fixedSource is null ? null : FixOf(id), id);
        test.TestState.Sources.Add((file, markup));
        test.TestState.AdditionalReferences.AddRange(s_framework);
        if (fixedSource is not null)
        {
            test.FixedState.Sources.Add((file, fixedSource));
        }

        string config = "is_global = true\nbuild_property.UnikernelAnalysis = true\n" + properties;
        test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", config));
        return test;
    }

    private static bool IsFramework(string file) =>
        file.StartsWith("System.", StringComparison.Ordinal) || file.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal)
        || file.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || file.StartsWith("Microsoft.VisualBasic", StringComparison.Ordinal) || file is "netstandard.dll" or "mscorlib.dll" or "Microsoft.Win32.Registry.dll" or "Microsoft.Win32.Primitives.dll";

    private static ImmutableArray<T> Instances<T>(Assembly assembly) =>
        [.. assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(T))).Select(type => (T)Activator.CreateInstance(type)!)];

    internal sealed class Test : CodeFixTest<DefaultVerifier>
    {
        private readonly DiagnosticAnalyzer _analyzer;
        private readonly CodeFixProvider? _fix;
        private readonly string _id;

        public Test(DiagnosticAnalyzer analyzer, CodeFixProvider? fix, string id)
        {
            _analyzer = analyzer;
            _fix = fix;
            _id = id;
            ReferenceAssemblies = new ReferenceAssemblies("net10.0");
            CompilerDiagnostics = CompilerDiagnostics.Errors;
        }

        public override string Language => LanguageNames.CSharp;

        public override Type SyntaxKindType => typeof(SyntaxKind);

        protected override string DefaultFileExt => "cs";

        protected override IEnumerable<DiagnosticAnalyzer> GetDiagnosticAnalyzers() => [_analyzer];

        protected override IEnumerable<CodeFixProvider> GetCodeFixProviders() => _fix is null ? [] : [_fix];

        protected override DiagnosticDescriptor GetDefaultDiagnostic(DiagnosticAnalyzer[] analyzers) =>
            analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Single(rule => rule.Id == _id);

        protected override CompilationOptions CreateCompilationOptions()
        {
            CSharpCompilationOptions options = new(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
            // The case of one rule shows that rule: others that share its analyzer have cases of their own.
            Dictionary<string, ReportDiagnostic> others = _analyzer.SupportedDiagnostics
                .Where(rule => rule.Id != _id)
                .ToDictionary(rule => rule.Id, _ => ReportDiagnostic.Suppress);
            return options.WithSpecificDiagnosticOptions(others);
        }

        protected override ParseOptions CreateParseOptions() => new CSharpParseOptions(LanguageVersion.Preview);
    }
}
