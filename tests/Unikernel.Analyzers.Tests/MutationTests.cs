using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>No source, however broken, makes an analyzer throw (AD0001): the cases of all rules, cut, doubled and mixed by a seeded generator.</summary>
public class MutationTests
{
    /// <summary>For each seed; an hour of fuzzing is the same with UNIKERNEL_FUZZ_MUTANTS=100000.</summary>
    private static readonly int s_mutants = int.Parse(Environment.GetEnvironmentVariable("UNIKERNEL_FUZZ_MUTANTS") ?? "150", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the SDK hands over besides source code.</summary>
    private static readonly (string Path, string Content)[] s_texts =
    [
        ("/p/App.csproj", """
            <Project><PropertyGroup><InvariantGlobalization>false</InvariantGlobalization></PropertyGroup>
            <ItemGroup><UnikernelCapability Include="Netwrok" /><PackageReference Include="Sql" Version="1.0" />
            <UnikernelBudget Include="assembly:System.Linq;image" Limit="90 kB" Warning="95 %"><Growth>4 kB</Growth></UnikernelBudget></ItemGroup></Project>
            """),
        ("/p/unikernel.budget.json", """
            { "baseline": "a.txt", // sizes
              "budgets": [ { "target": "image", "limit": "999 MB", "warning": "99 %", "growth": "\u0034 KiB" }, { "target": "native", "name": "core.a", "limit": "9 B" }, ] }
            """),
        ("/p/unikernel.baseline.txt", "# sizes\n\nApp!App.Program = 447 B\n\n<<<<<<< HEAD\ncore.a = 99 KiB\n"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task NoAnalyzerThrows(int seed)
    {
        string[] sources =
        [
            .. RuleCase.Ids.Select(RuleCase.Load).SelectMany(rule => new[] { rule.Fires, rule.Silent })
                .Concat(RobustnessTests.NewSources)
                .Select(text => text.Replace("[|", "").Replace("|]", "")),
        ];
        Random random = new(seed);
        for (int i = 0; i < s_mutants; i++)
        {
            string mutant = Mutate(sources, random);
            CSharpCompilation compilation = CSharpCompilation.Create(
                "mutant",
                [CSharpSyntaxTree.ParseText(mutant, new CSharpParseOptions(LanguageVersion.Preview))],
                References(random),
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));
            List<string> failures = [];
            CompilationWithAnalyzersOptions options = new(
                new AnalyzerOptions([.. s_texts.Select(text => new Text(text.Path, MutateText(text.Content, random)))], new On()),
                onAnalyzerException: (exception, analyzer, _) => failures.Add(analyzer.GetType().Name + ": " + exception),
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: false);
            await compilation.WithAnalyzers(Verify.Analyzers, options).GetAnalyzerDiagnosticsAsync(CancellationToken.None);
            Assert.True(failures.Count == 0, $"seed {seed}, mutant {i}:\n{mutant}\n{string.Join('\n', failures)}");
        }
    }

    /// <summary>All of the framework, none of it, or some.</summary>
    private static IEnumerable<MetadataReference> References(Random random) => random.Next(8) switch
    {
        0 => [],
        1 => Verify.Framework.Where(_ => random.Next(2) == 0).ToArray(),
        _ => Verify.Framework,
    };

    private static string MutateText(string text, Random random)
    {
        int at = random.Next(text.Length), length = random.Next(Math.Min(20, text.Length - at));
        return random.Next(3) switch
        {
            0 => text,
            1 => text.Remove(at, length),
            _ => text.Insert(at, text.Substring(random.Next(text.Length - length), length)),
        };
    }

    /// <summary>A node takes the place of another of its kind, or stands twice: trees that no text would give.</summary>
    private static string MutateTree(string text, string[] sources, Random random)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(text).GetRoot();
        SyntaxNode[] nodes = [.. root.DescendantNodes()];
        if (nodes.Length == 0)
        {
            return text;
        }

        SyntaxNode node = nodes[random.Next(nodes.Length)];
        SyntaxNode[] others = [.. CSharpSyntaxTree.ParseText(sources[random.Next(sources.Length)]).GetRoot().DescendantNodes().Where(other => other.RawKind == node.RawKind)];
        return others.Length == 0 ? root.ReplaceNode(node, node).ToFullString() : root.ReplaceNode(node, others[random.Next(others.Length)]).ToFullString();
    }

    private static string Mutate(string[] sources, Random random)
    {
        string text = sources[random.Next(sources.Length)];
        for (int edits = random.Next(1, 6); edits > 0; edits--)
        {
            if (random.Next(2) == 0)
            {
                text = MutateTree(text, sources, random);
                continue;
            }

            List<SyntaxToken> tokens = [.. CSharpSyntaxTree.ParseText(text).GetRoot().DescendantTokens()];
            TextSpan span = tokens[random.Next(tokens.Count)].Span;
            text = random.Next(5) switch
            {
                0 => text.Remove(span.Start, span.Length),
                1 => text.Insert(span.End, " " + tokens[random.Next(tokens.Count)].Text + " "),
                2 => text[..span.Start] + tokens[random.Next(tokens.Count)].Text + text[span.End..],
                3 => text.Insert(span.Start, sources[random.Next(sources.Length)]),
                _ => text[..span.Start],
            };
            if (text.Length == 0)
            {
                return sources[0];
            }
        }

        return text;
    }

    private sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    /// <summary>The options of a unikernel project.</summary>
    internal sealed class On : AnalyzerConfigOptionsProvider
    {
        private static readonly AnalyzerConfigOptions s_options = new Values();

        public override AnalyzerConfigOptions GlobalOptions => s_options;

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => s_options;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => s_options;

        private sealed class Values : AnalyzerConfigOptions
        {
            private static readonly ImmutableDictionary<string, string> s_values = ImmutableDictionary<string, string>.Empty
                .Add("build_property.UnikernelAnalysis", "true")
                .Add("build_property.UnikernelSharedLibraries", "Sql|Sql 1.0|libsql.so")
                .Add("build_property.UnikernelCapabilities", "Network");

            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => s_values.TryGetValue(key, out value);
        }
    }
}
