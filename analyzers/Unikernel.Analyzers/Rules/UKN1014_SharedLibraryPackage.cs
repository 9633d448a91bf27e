using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1014: a package whose native code is a shared library, at the reference that brings it. The SDK's task FindSharedLibraries reads the
/// restore's graph and hands over the property UnikernelSharedLibraries: <c>reference|package version|library</c>, with commas between.
/// </summary>
internal sealed class UKN1014_SharedLibraryPackage : ProjectRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.SharedLibraryPackage.ToDescriptor();

    public override IEnumerable<object[]> Report(ProjectElement element, AnalyzerConfigOptionsProvider options)
    {
        string? name = element.Name switch
        {
            "PackageReference" => element.Include.Trim(),
            "ProjectReference" => Path.GetFileNameWithoutExtension(element.Include.Trim().Replace('\\', '/')),
            _ => null,
        };
        if (string.IsNullOrEmpty(name))
        {
            yield break;
        }

        foreach (string found in AnalyzerGate.Value(options, "UnikernelSharedLibraries").Split([','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.Split('|') is [var reference, var package, var library] && reference.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                string plain = Path.GetFileNameWithoutExtension(library);
                yield return [package, library, plain.StartsWith("lib", StringComparison.Ordinal) ? plain.Substring(3) : plain];
            }
        }
    }
}
