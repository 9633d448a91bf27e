using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1002: files are written into memory and vanish with the machine.</summary>
internal sealed class UKN1002_FilesInMemory : ApiRule
{
    private static readonly HashSet<string> s_writers =
    [
        "WriteAllText", "WriteAllTextAsync", "WriteAllBytes", "WriteAllBytesAsync", "WriteAllLines", "WriteAllLinesAsync",
        "AppendAllText", "AppendAllTextAsync", "AppendAllLines", "AppendAllLinesAsync", "AppendAllBytes", "AppendAllBytesAsync",
        "AppendText", "Create", "CreateText", "OpenWrite", "CreateDirectory", "CreateTempSubdirectory",
    ];

    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.FilesInMemory.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } =
        ["System.IO.File", "System.IO.FileInfo", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.StreamWriter"];

    public override bool IsOn(AnalyzerConfigOptionsProvider options) => !AnalyzerGate.IsTestProject(options);

    public override object[]? Report(in ApiUse use) => use.Symbol switch
    {
        IMethodSymbol { MethodKind: MethodKind.Ordinary } method when s_writers.Contains(method.Name) => [use.DisplayName],
        IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [{ Type.SpecialType: SpecialType.System_String }, ..] }
            when use.Type.Name == "StreamWriter" && use.Operation is IObjectCreationOperation => [use.DisplayName],
        _ => null,
    };
}
