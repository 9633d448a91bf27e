// Runs all analyzers over the sources of other people's projects and prints every report and the time it took. A project is a folder
// of .cs files, compiled against the running framework: what it references besides stays unresolved, which the analyzers must bear.
//
//   dotnet run -c Release --project tests/Unikernel.Analyzers.Corpus -- FOLDER [FOLDER ...]
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: Unikernel.Analyzers.Corpus FOLDER [FOLDER ...]");
    return 2;
}

ImmutableArray<DiagnosticAnalyzer> analyzers =
[
    .. typeof(Unikernel.Analyzers.ApiUsageAnalyzer).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(DiagnosticAnalyzer)))
        .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
];
ImmutableArray<MetadataReference> framework =
[
    .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(path => !Path.GetFileName(path).StartsWith("Unikernel", StringComparison.Ordinal) && !Path.GetFileName(path).StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))
        .Select(path => MetadataReference.CreateFromFile(path)),
];
CSharpParseOptions parse = new(LanguageVersion.Preview, preprocessorSymbols: ["NET", "NETCOREAPP", "NET5_0_OR_GREATER", "NET6_0_OR_GREATER", "NET7_0_OR_GREATER", "NET8_0_OR_GREATER", "NET9_0_OR_GREATER", "NET10_0_OR_GREATER", "NETCOREAPP3_1_OR_GREATER", "NETSTANDARD2_0_OR_GREATER", "NETSTANDARD2_1_OR_GREATER"]);
const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

foreach (string folder in args)
{
    Stopwatch clock = Stopwatch.StartNew();
    List<SyntaxTree> trees = [CSharpSyntaxTree.ParseText(ImplicitUsings, parse)];
    int lines = 0;
    foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
    {
        string text = File.ReadAllText(file);
        lines += text.AsSpan().Count('\n');
        trees.Add(CSharpSyntaxTree.ParseText(text, parse, file));
    }

    CSharpCompilation compilation = CSharpCompilation.Create("corpus", trees, framework, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    int errors = compilation.GetDiagnostics().Count(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    TimeSpan compile = clock.Elapsed;

    List<string> thrown = [];
    CompilationWithAnalyzersOptions options = new(
        new AnalyzerOptions([], new UnikernelProject()),
        (exception, analyzer, _) => thrown.Add(analyzer.GetType().Name + ": " + exception),
        concurrentAnalysis: false,
        logAnalyzerExecutionTime: true);
    CompilationWithAnalyzers analysis = compilation.WithAnalyzers(analyzers, options);
    AnalysisResult result = await analysis.GetAnalysisResultAsync(CancellationToken.None);
    TimeSpan analyze = TimeSpan.FromTicks(result.AnalyzerTelemetryInfo.Values.Sum(info => info.ExecutionTime.Ticks));

    ImmutableArray<Diagnostic> reports = result.GetAllDiagnostics();
    Console.WriteLine($"{Path.GetFileName(folder.TrimEnd('/'))}: {lines} lines, {errors} unresolved, parse and bind {compile.TotalMilliseconds:0} ms, analyzers {analyze.TotalMilliseconds:0} ms ({100 * analyze.TotalMilliseconds / compile.TotalMilliseconds:0.0} %), {reports.Length} reports, {thrown.Count} exceptions");
    foreach (string exception in thrown.Distinct())
    {
        Console.WriteLine("  AD0001 " + exception);
    }

    foreach (Diagnostic report in reports.OrderBy(report => report.Id, StringComparer.Ordinal).ThenBy(report => report.Location.SourceTree?.FilePath, StringComparer.Ordinal))
    {
        FileLinePositionSpan at = report.Location.GetLineSpan();
        Console.WriteLine($"  {report.Id} {Path.GetRelativePath(folder, at.Path)}({at.StartLinePosition.Line + 1}): {report.GetMessage(System.Globalization.CultureInfo.InvariantCulture).Split(": ")[0].Split(". ")[0]}");
    }
}

return 0;

/// <summary>The options of a program with the SDK line.</summary>
internal sealed class UnikernelProject : AnalyzerConfigOptionsProvider
{
    private readonly Values _values = new();

    public override AnalyzerConfigOptions GlobalOptions => _values;

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => _values;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _values;

    private sealed class Values : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
        {
            value = key is "build_property.UnikernelAnalysis" or "build_property.EnableAotAnalyzer" or "build_property.EnableTrimAnalyzer" or "build_property.EnableSingleFileAnalyzer" ? "true" : null;
            return value is not null;
        }
    }
}
