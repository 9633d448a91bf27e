using System;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// Whether the rules speak at all in a compilation. Unikernel.Sdk makes <c>UnikernelAnalysis</c> visible to the compiler and sets it
/// for programs; a project without the SDK line has no such property and pays nothing.
/// </summary>
internal static class AnalyzerGate
{
    public static bool IsOpen(AnalyzerConfigOptionsProvider options) => IsTrue(options, "UnikernelAnalysis");

    /// <summary>
    /// The framework's own trim, AOT and single-file analyzers (IL2xxx, IL3xxx) are on: they report dynamic code, and we do not report
    /// it a second time.
    /// </summary>
    public static bool FrameworkReportsDynamicCode(AnalyzerConfigOptionsProvider options) =>
        IsTrue(options, "EnableAotAnalyzer") && IsTrue(options, "EnableTrimAnalyzer");

    /// <summary>The linker follows, and reports what the program reaches of unavailable APIs and native libraries: whatever severity an .editorconfig gives, it is said once.</summary>
    public static bool LinkerReports(AnalyzerConfigOptionsProvider options) => IsTrue(options, "UnikernelReportedByLinker");

    /// <summary>Suggestions about habits of servers are off in tests, where such code is normal.</summary>
    public static bool IsTestProject(AnalyzerConfigOptionsProvider options) => IsTrue(options, "IsTestProject");

    public static bool IsTrue(AnalyzerConfigOptionsProvider options, string property) =>
        options.GlobalOptions.TryGetValue("build_property." + property, out string? value)
        && value.Equals("true", StringComparison.OrdinalIgnoreCase);

    public static string Value(AnalyzerConfigOptionsProvider options, string property) =>
        options.GlobalOptions.TryGetValue("build_property." + property, out string? value) ? value.Trim() : "";
}
