using Microsoft.CodeAnalysis;
using Unikernel.Diagnostics;
using Unikernel.Linker.Inputs;

namespace Unikernel.Linker.Reporting;

/// <summary>What .editorconfig and .globalconfig files make of a rule at a place.</summary>
public enum ConfiguredSeverity
{
    /// <summary>They do not name it.</summary>
    Unset,

    /// <summary>It is not shown.</summary>
    Off,

    /// <summary>A suggestion.</summary>
    Info,

    /// <summary>A warning.</summary>
    Warning,

    /// <summary>An error.</summary>
    Error,
}

/// <summary>
/// The severities that the project's .editorconfig and .globalconfig files give, so that a rule is as loud at publish as in the editor. The compiler's own
/// reader decides which section is for which file.
/// </summary>
public sealed class ConfiguredSeverities(IReadOnlyList<string> files)
{
    private AnalyzerConfigs? _configs;

    /// <summary>The severity of a rule in a source file, or of one that is at no source.</summary>
    public ConfiguredSeverity Of(Rule rule, string? sourceFile) =>
        files.Count == 0 ? ConfiguredSeverity.Unset : (_configs ??= new AnalyzerConfigs(files)).Of(rule, sourceFile);

    private sealed class AnalyzerConfigs(IReadOnlyList<string> files)
    {
        private readonly AnalyzerConfigSet _set = AnalyzerConfigSet.Create<AnalyzerConfig[]>([.. files.Select(Parse)]);
        private readonly Dictionary<string, AnalyzerConfigOptionsResult> _results = new(StringComparer.Ordinal);

        // As the compiler: what the sections for the file say, then the global files; the rule by its id, its category, all rules.
        public ConfiguredSeverity Of(Rule rule, string? sourceFile)
        {
            if (sourceFile is not null)
            {
                if (!_results.TryGetValue(sourceFile, out AnalyzerConfigOptionsResult ofFile))
                    _results.Add(sourceFile, ofFile = _set.GetOptionsForSourcePath(sourceFile));
                if (ById(ofFile, rule) is var severity and not ConfiguredSeverity.Unset)
                    return severity;
                if (ById(_set.GlobalConfigOptions, rule) is var global and not ConfiguredSeverity.Unset)
                    return global;
                if (InBulk(ofFile, rule) is var bulk and not ConfiguredSeverity.Unset)
                    return bulk;
            }
            else if (ById(_set.GlobalConfigOptions, rule) is var global and not ConfiguredSeverity.Unset)
            {
                return global;
            }

            return InBulk(_set.GlobalConfigOptions, rule);
        }

        private static ConfiguredSeverity ById(AnalyzerConfigOptionsResult options, Rule rule) =>
            !options.TreeOptions.TryGetValue(rule.Id, out ReportDiagnostic report) ? ConfiguredSeverity.Unset : report switch
            {
                ReportDiagnostic.Suppress or ReportDiagnostic.Hidden => ConfiguredSeverity.Off,
                ReportDiagnostic.Info => ConfiguredSeverity.Info,
                ReportDiagnostic.Warn => ConfiguredSeverity.Warning,
                ReportDiagnostic.Error => ConfiguredSeverity.Error,
                _ => ConfiguredSeverity.Unset,
            };

        private static ConfiguredSeverity InBulk(AnalyzerConfigOptionsResult options, Rule rule)
        {
            if (!options.AnalyzerOptions.TryGetValue($"dotnet_analyzer_diagnostic.category-{rule.Category}.severity", out string? text)
                && !options.AnalyzerOptions.TryGetValue("dotnet_analyzer_diagnostic.severity", out text))
                return ConfiguredSeverity.Unset;
            return text.Trim().ToLowerInvariant() switch
            {
                "none" or "silent" or "refactoring" => ConfiguredSeverity.Off,
                "suggestion" => ConfiguredSeverity.Info,
                "warning" => ConfiguredSeverity.Warning,
                "error" => ConfiguredSeverity.Error,
                _ => ConfiguredSeverity.Unset,
            };
        }

        private static AnalyzerConfig Parse(string file) =>
            File.Exists(file) ? AnalyzerConfig.Parse(File.ReadAllText(file), Path.GetFullPath(file)) : throw new LinkerException(LinkingRules.InputMissing, file);
    }
}
