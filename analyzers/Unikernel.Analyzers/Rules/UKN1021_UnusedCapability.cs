using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1021: a capability that is stated and not used, where the project states it.</summary>
internal static class UKN1021_UnusedCapability
{
    public static DiagnosticDescriptor Descriptor { get; } = PlatformRules.UnusedCapability.ToDescriptor(compilationEnd: true);

    public static void Report(CompilationAnalysisContext context, IEnumerable<string> unused)
    {
        List<ProjectElement>? stated = null;
        foreach (string name in unused)
        {
            stated ??= [.. ProjectFile.Elements(context.Options.AdditionalFiles, context.CancellationToken).Where(element => element.Name == Capability.Item)];
            Location? place = stated.Where(element => element.Names.Contains(name, StringComparer.OrdinalIgnoreCase)).Select(element => element.Location).FirstOrDefault();
            context.ReportDiagnostic(Diagnostic.Create(Descriptor, place ?? Location.None, name));
        }
    }
}
