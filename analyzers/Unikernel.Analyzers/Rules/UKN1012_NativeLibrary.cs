using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1012: a DllImport or LibraryImport of a library that nothing in the image provides. What provides one: a
/// <c>[ProvidesEntryPoint(library, …)]</c> in the project or a referenced assembly, or an item <c>UnikernelNativeLibrary</c> (its entry
/// points arrive as the property <c>UnikernelNativeEntryPoints</c>).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN1012_NativeLibrary : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_descriptor = PlatformRules.NativeLibrary.ToDescriptor();

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_descriptor];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (!AnalyzerGate.IsOpen(start.Options.AnalyzerConfigOptionsProvider) || AnalyzerGate.LinkerReports(start.Options.AnalyzerConfigOptionsProvider))
            {
                return;
            }

            Lazy<HashSet<string>> provided = new(() => Provided(start.Compilation, start.Options.AnalyzerConfigOptionsProvider));
            start.RegisterSymbolAction(symbol => Analyze(symbol, provided), SymbolKind.Method);
        });
    }

    private static void Analyze(SymbolAnalysisContext context, Lazy<HashSet<string>> provided)
    {
        IMethodSymbol method = (IMethodSymbol)context.Symbol;
        (string? library, string? entryPoint) = Import(method);
        if (library is null || method.Locations.IsEmpty || provided.Value.Contains(Normalize(library)) || provided.Value.Contains(Normalize(library) + "!" + (entryPoint ?? method.Name)))
        {
            return;
        }

        context.ReportDiagnostic(Diagnostic.Create(s_descriptor, method.Locations[0], method.Name, library));
    }

    private static (string? Library, string? EntryPoint) Import(IMethodSymbol method)
    {
        if (method.GetDllImportData() is { } import)
        {
            return (import.ModuleName, import.EntryPointName);
        }

        foreach (AttributeData attribute in method.GetAttributes())
        {
            if (attribute is { AttributeClass.Name: "LibraryImportAttribute", ConstructorArguments: [{ Value: string library }] })
            {
                string? entryPoint = null;
                foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
                {
                    entryPoint = argument.Key == "EntryPoint" ? argument.Value.Value as string : entryPoint;
                }

                return (library, entryPoint);
            }
        }

        return default;
    }

    private static HashSet<string> Provided(Compilation compilation, AnalyzerConfigOptionsProvider options)
    {
        // "*" and the runtime's own names are bound by the toolchain itself.
        HashSet<string> provided = new(StringComparer.OrdinalIgnoreCase) { "*", "__Internal" };
        foreach (string entry in AnalyzerGate.Value(options, "UnikernelNativeEntryPoints").Split([';', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            provided.Add(Normalize(entry.Trim()));
        }

        Collect(compilation.Assembly.GlobalNamespace, provided);
        foreach (IAssemblySymbol reference in compilation.SourceModule.ReferencedAssemblySymbols)
        {
            // Only an assembly that knows the attribute can carry it.
            foreach (AssemblyIdentity known in reference.Modules.AllReferences())
            {
                if (known.Name == "Unikernel.Binding")
                {
                    Collect(reference.GlobalNamespace, provided);
                    break;
                }
            }
        }

        return provided;
    }

    private static void Collect(INamespaceOrTypeSymbol container, HashSet<string> provided)
    {
        foreach (ISymbol member in container.GetMembers())
        {
            if (member is INamespaceOrTypeSymbol nested)
            {
                Collect(nested, provided);
            }
            else if (member is IMethodSymbol { IsStatic: true } method)
            {
                foreach (AttributeData attribute in method.GetAttributes())
                {
                    if (attribute is { AttributeClass.Name: "ProvidesEntryPointAttribute", ConstructorArguments: [{ Value: string library }, { Value: string entryPoint }] })
                    {
                        provided.Add(Normalize(library) + "!" + entryPoint);
                    }
                }
            }
        }
    }

    private static string Normalize(string library)
    {
        string name = library.EndsWith(".so", StringComparison.OrdinalIgnoreCase) || library.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? library.Substring(0, library.LastIndexOf('.')) : library;
        return name.StartsWith("lib", StringComparison.OrdinalIgnoreCase) ? name.Substring(3) : name;
    }
}

file static class ModuleReferences
{
    public static IEnumerable<AssemblyIdentity> AllReferences(this IEnumerable<IModuleSymbol> modules)
    {
        foreach (IModuleSymbol module in modules)
        {
            foreach (AssemblyIdentity identity in module.ReferencedAssemblies)
            {
                yield return identity;
            }
        }
    }
}
