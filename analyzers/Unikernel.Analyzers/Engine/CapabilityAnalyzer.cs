using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1020 and UKN1021: a project that states its capabilities (<c>&lt;UnikernelCapability Include="Network" /&gt;</c>, which arrive as the
/// property <c>UnikernelCapabilities</c>) is held to them, both ways. A project that states none is not asked.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CapabilityAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [UKN1020_UndeclaredCapability.Descriptor, UKN1021_UnusedCapability.Descriptor];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            AnalyzerConfigOptionsProvider options = start.Options.AnalyzerConfigOptionsProvider;
            string stated = AnalyzerGate.Value(options, "UnikernelCapabilities");
            if (!AnalyzerGate.IsOpen(options) || stated.Length == 0)
            {
                return;
            }

            Uses uses = new(start.Compilation, stated);
            start.RegisterOperationAction(uses.Analyze, ApiUse.Kinds);
            start.RegisterCompilationEndAction(uses.ReportUnused);
        });
    }

    /// <summary>What one compilation states and uses.</summary>
    private sealed class Uses
    {
        private readonly Compilation _compilation;
        private readonly Func<IAssemblySymbol, bool> _judgeAssembly;
        private readonly Func<INamedTypeSymbol, TypeNeeds?> _findNeeds = ApiNeeds.Shipped.Of;
        private readonly HashSet<string> _declared = new(StringComparer.OrdinalIgnoreCase);
        private readonly ConcurrentDictionary<string, bool> _used = new(StringComparer.OrdinalIgnoreCase);
        private readonly ConcurrentDictionary<INamedTypeSymbol, TypeNeeds?> _needs = new(SymbolEqualityComparer.Default);
        private readonly ConcurrentDictionary<IAssemblySymbol, bool> _isKnown = new(SymbolEqualityComparer.Default);

        /// <summary>
        /// Something is called that the data say nothing of (ASP.NET Core, a package): it may use a capability on the project's behalf, which only
        /// the linker can tell.
        /// </summary>
        private volatile bool _callsUnknown;

        public Uses(Compilation compilation, string stated)
        {
            _compilation = compilation;
            _judgeAssembly = IsKnown;
            foreach (string name in stated.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries))
            {
                _declared.Add(name.Trim());
            }
        }

        public void Analyze(OperationAnalysisContext context)
        {
            ISymbol? symbol = ApiUse.SymbolOf(context.Operation);
            if (symbol is null or INamedTypeSymbol || symbol.ContainingType?.OriginalDefinition is not { } type)
            {
                return;
            }

            if (!_callsUnknown && type.ContainingAssembly is { } assembly && !_isKnown.GetOrAdd(assembly, _judgeAssembly))
            {
                _callsUnknown = true;
            }

            if (_needs.GetOrAdd(type, _findNeeds)?.Of(symbol) is not { } needs)
            {
                return;
            }

            foreach (string capability in Capability.Names)
            {
                foreach (Need need in needs)
                {
                    if (Array.IndexOf(Capability.Needs[capability], need.Name) >= 0)
                    {
                        _used.TryAdd(capability, true);

                        // Where the call needs what no unikernel has, UKN1001 speaks, and a statement would change nothing.
                        if (!_declared.Contains(capability) && TypeNeeds.AbsentOf(needs) is null)
                        {
                            UKN1020_UndeclaredCapability.Report(context, new ApiUse(symbol, type, null, context.Operation, context.Operation.Syntax.GetLocation(), context.Options.AnalyzerConfigOptionsProvider), capability, need);
                        }
                    }
                }
            }
        }

        public void ReportUnused(CompilationAnalysisContext context)
        {
            if (!_callsUnknown)
            {
                UKN1021_UnusedCapability.Report(context, _declared.Where(name => Capability.Needs.ContainsKey(name) && !_used.ContainsKey(name)));
            }
        }

        /// <summary>The project itself, and the framework that api-needs.txt was computed from.</summary>
        private bool IsKnown(IAssemblySymbol assembly) =>
            SymbolEqualityComparer.Default.Equals(assembly, _compilation.Assembly)
            || (_compilation.GetMetadataReference(assembly) is PortableExecutableReference { FilePath: { } path } && path.Contains("Microsoft.NETCore.App"));
    }
}
