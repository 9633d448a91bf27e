using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// UKN1020 and UKN1021: a project that states its capabilities (<c>&lt;UnikernelCapability Include="Network" /&gt;</c>, which arrive as the
/// property <c>UnikernelCapabilities</c>) is held to them, both ways. A project that states none is not asked.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN1020_Capabilities : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_undeclared = PlatformRules.UndeclaredCapability.ToDescriptor();
    private static readonly DiagnosticDescriptor s_unused = PlatformRules.UnusedCapability.ToDescriptor(compilationEnd: true);

    /// <summary>Capability → the needs of the data file that it covers.</summary>
    private static readonly Dictionary<string, string[]> s_needs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Network"] = ["network"],
        ["Files"] = ["files"],
    };

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_undeclared, s_unused];

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

            HashSet<string> declared = new(StringComparer.OrdinalIgnoreCase);
            foreach (string name in stated.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries))
            {
                declared.Add(name.Trim());
            }

            ConcurrentDictionary<string, bool> used = new(StringComparer.OrdinalIgnoreCase);
            start.RegisterOperationAction(operation => Analyze(operation, declared, used), ApiUse.Kinds);
            start.RegisterCompilationEndAction(end =>
            {
                foreach (string name in declared)
                {
                    if (s_needs.ContainsKey(name) && !used.ContainsKey(name))
                    {
                        end.ReportDiagnostic(Diagnostic.Create(s_unused, Location.None, name));
                    }
                }
            });
        });
    }

    private static void Analyze(OperationAnalysisContext context, HashSet<string> declared, ConcurrentDictionary<string, bool> used)
    {
        ISymbol? symbol = ApiUse.SymbolOf(context.Operation);
        if (symbol is null or INamedTypeSymbol || symbol.ContainingType?.OriginalDefinition is not { } type
            || ApiNeeds.Shipped.MembersOf(type) is not { } members
            || ApiNeeds.MemberKey(symbol) is not { } key || !members.TryGetValue(key, out Need[]? needs))
        {
            return;
        }

        foreach (KeyValuePair<string, string[]> capability in s_needs)
        {
            foreach (Need need in needs)
            {
                if (Array.IndexOf(capability.Value, need.Name) < 0)
                {
                    continue;
                }

                used.TryAdd(capability.Key, true);
                // Only where the use itself is the way in: what is done with a socket afterwards says nothing new.
                if (!declared.Contains(capability.Key) && symbol is IMethodSymbol { IsStatic: true } or IMethodSymbol { MethodKind: MethodKind.Constructor } or IPropertySymbol { IsStatic: true }
                    && !GuardFlow.IsGuarded(context.Operation, context.CancellationToken))
                {
                    ApiUse use = new(symbol, type, context.Operation, context.Operation.Syntax.GetLocation());
                    context.ReportDiagnostic(Diagnostic.Create(s_undeclared, use.Location, use.DisplayName, capability.Key, need.Reason));
                }
            }
        }
    }
}
