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
    private const int Mutants = 150;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task NoAnalyzerThrows(int seed)
    {
        string[] sources = [.. RuleCase.Ids.Select(RuleCase.Load).SelectMany(rule => new[] { rule.Fires, rule.Silent }).Select(text => text.Replace("[|", "").Replace("|]", ""))];
        Random random = new(seed);
        for (int i = 0; i < Mutants; i++)
        {
            string mutant = Mutate(sources, random);
            CSharpCompilation compilation = CSharpCompilation.Create(
                "mutant",
                [CSharpSyntaxTree.ParseText(mutant, new CSharpParseOptions(LanguageVersion.Preview))],
                random.Next(8) == 0 ? [] : Verify.Framework,
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));
            List<string> failures = [];
            CompilationWithAnalyzersOptions options = new(
                new AnalyzerOptions([], new On()),
                onAnalyzerException: (exception, analyzer, _) => failures.Add(analyzer.GetType().Name + ": " + exception),
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: false);
            await compilation.WithAnalyzers(Verify.Analyzers, options).GetAnalyzerDiagnosticsAsync(CancellationToken.None);
            Assert.True(failures.Count == 0, $"seed {seed}, mutant {i}:\n{mutant}\n{string.Join('\n', failures)}");
        }
    }

    private static string Mutate(string[] sources, Random random)
    {
        string text = sources[random.Next(sources.Length)];
        for (int edits = random.Next(1, 6); edits > 0; edits--)
        {
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

    /// <summary>The options of a unikernel project.</summary>
    private sealed class On : AnalyzerConfigOptionsProvider
    {
        private static readonly AnalyzerConfigOptions s_options = new Values();

        public override AnalyzerConfigOptions GlobalOptions => s_options;

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => s_options;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => s_options;

        private sealed class Values : AnalyzerConfigOptions
        {
            private static readonly ImmutableDictionary<string, string> s_values = ImmutableDictionary<string, string>.Empty
                .Add("build_property.UnikernelAnalysis", "true")
                .Add("build_property.UnikernelCapabilities", "Network");

            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => s_values.TryGetValue(key, out value);
        }
    }
}
