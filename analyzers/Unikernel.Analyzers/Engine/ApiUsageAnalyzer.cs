using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>
/// One pass over all uses of APIs for all rules that judge them: a dictionary from the declaring type to its rules answers nearly every
/// use with a miss. The rules themselves are the files of Rules/.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ApiUsageAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableArray<ApiRule> s_rules =
    [
        new UKN1001_UnavailableApi(), new UKN1002_FilesInMemory(), new UKN1003_TimeZones(), new UKN1004_CultureData(), new UKN1005_EnvironmentExit(),
        new UKN1006_AssemblyLocation(), new UKN1007_TerminalControl(), new UKN1008_MachineAndUserNames(), new UKN1009_ThreadPriority(),
        new UKN1010_CurrentProcess(), new UKN1011_SocketFamilies(), new UKN1013_RuntimeMarshalling(), new UKN2301_ReflectionEmit(),
        new UKN2302_AssemblyLoading(), new UKN2303_ComputedTypeName(), new UKN2304_ExpressionCompile(), new UKN2305_ReflectionSerializer(), new UKN2306_JsonAnswer(),
        new UKN3003_UnboundedChannel(), new UKN3004_UnboundedCache(), new UKN3006_CollectInLoop(),
    ];

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. s_rules.Select(rule => rule.Descriptor)];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();

        // Generated code (gRPC, JSON, regex) runs in the image like any other.
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.Analyze | GeneratedCodeAnalysisFlags.ReportDiagnostics);
        context.RegisterCompilationStartAction(start =>
        {
            if (!AnalyzerGate.IsOpen(start.Options.AnalyzerConfigOptionsProvider))
            {
                return;
            }

            ImmutableArray<ApiRule> rules = [.. s_rules.Where(rule => rule.IsOn(start.Options.AnalyzerConfigOptionsProvider))];
            Context state = new(start.Compilation, rules, start.Options.AnalyzerConfigOptionsProvider);
            start.RegisterOperationAction(state.AnalyzeOperation, ApiUse.Kinds);
            start.RegisterSymbolAction(state.AnalyzeType, SymbolKind.NamedType);
            start.RegisterSymbolAction(state.AnalyzeAttributes, SymbolKind.NamedType, SymbolKind.Method, SymbolKind.Property, SymbolKind.Field, SymbolKind.Event);
        });
    }

    /// <summary>What one compilation needs: the rules by type, and the verdict on each type that was met.</summary>
    private sealed class Context
    {
        private static readonly Verdict s_none = new([], null);
        private readonly Compilation _compilation;
        private readonly AnalyzerConfigOptionsProvider _options;
        private readonly ImmutableArray<ApiRule> _byLookup;
        private readonly Dictionary<INamedTypeSymbol, List<ApiRule>> _byType = new(SymbolEqualityComparer.Default);
        private readonly ConcurrentDictionary<INamedTypeSymbol, Verdict> _verdicts = new(SymbolEqualityComparer.Default);

        public Context(Compilation compilation, ImmutableArray<ApiRule> rules, AnalyzerConfigOptionsProvider options)
        {
            _compilation = compilation;
            _options = options;
            _byLookup = [.. rules.Where(rule => rule.Types is null)];
            foreach (ApiRule rule in rules)
            {
                foreach (string name in rule.Types ?? [])
                {
                    foreach (INamedTypeSymbol type in compilation.GetTypesByMetadataName(name))
                    {
                        if (!_byType.TryGetValue(type, out List<ApiRule>? list))
                        {
                            _byType.Add(type, list = []);
                        }

                        list.Add(rule);
                    }
                }
            }
        }

        public void AnalyzeOperation(OperationAnalysisContext context)
        {
            if (ApiUse.SymbolOf(context.Operation) is not { } symbol || IsNameOnly(context.Operation))
            {
                return;
            }

            INamedTypeSymbol? type = (symbol as INamedTypeSymbol ?? symbol.ContainingType)?.OriginalDefinition;
            if (type is null || VerdictOn(type) is not { Rules.Length: > 0 } verdict)
            {
                return;
            }

            ApiUse use = new(symbol, type, verdict.Needs, context.Operation, context.Operation.Syntax.GetLocation(), _options);
            foreach (ApiRule rule in verdict.Rules)
            {
                if (rule.Report(use) is { } arguments && !GuardFlow.IsGuarded(context.Operation, context.CancellationToken)
                    && !IsForElsewhere(context.ContainingSymbol))
                {
                    context.ReportDiagnostic(Diagnostic.Create(rule.Descriptor, use.Location, rule.Properties(use), arguments));
                }
            }
        }

        /// <summary>Base types, interfaces and overrides of listed members.</summary>
        public void AnalyzeType(SymbolAnalysisContext context)
        {
            INamedTypeSymbol type = (INamedTypeSymbol)context.Symbol;
            // A type that the compiler makes has no place in the source.
            if (type.Locations.IsEmpty || IsForElsewhere(type))
            {
                return;
            }

            if (type.BaseType is { SpecialType: SpecialType.None } baseType)
            {
                ReportSymbol(context.ReportDiagnostic, baseType, type.Locations[0]);
            }

            foreach (INamedTypeSymbol contract in type.Interfaces)
            {
                ReportSymbol(context.ReportDiagnostic, contract, type.Locations[0]);
            }

            foreach (ISymbol member in type.GetMembers())
            {
                ISymbol? overridden = member switch
                {
                    IMethodSymbol { IsOverride: true, AssociatedSymbol: null } method => method.OverriddenMethod,
                    IPropertySymbol { IsOverride: true } property => property.OverriddenProperty,
                    IEventSymbol { IsOverride: true } @event => @event.OverriddenEvent,
                    _ => null,
                };
                if (overridden is not null && member.Locations.Length > 0)
                {
                    ReportSymbol(context.ReportDiagnostic, overridden, member.Locations[0]);
                }
            }
        }

        public void AnalyzeAttributes(SymbolAnalysisContext context)
        {
            foreach (AttributeData attribute in context.Symbol.GetAttributes())
            {
                if (attribute.AttributeConstructor is { } constructor && attribute.ApplicationSyntaxReference is { } syntax
                    && VerdictOn(constructor.ContainingType.OriginalDefinition).Rules.Length > 0)
                {
                    ReportSymbol(context.ReportDiagnostic, constructor, Location.Create(syntax.SyntaxTree, syntax.Span));
                }
            }
        }

        private void ReportSymbol(System.Action<Diagnostic> report, ISymbol symbol, Location location)
        {
            INamedTypeSymbol type = (symbol as INamedTypeSymbol ?? symbol.ContainingType).OriginalDefinition;
            Verdict verdict = VerdictOn(type);
            ApiUse use = new(symbol, type, verdict.Needs, null, location, _options);
            foreach (ApiRule rule in verdict.Rules)
            {
                if (rule.Report(use) is { } arguments)
                {
                    report(Diagnostic.Create(rule.Descriptor, location, rule.Properties(use), arguments));
                }
            }
        }

        private Verdict VerdictOn(INamedTypeSymbol type)
        {
            if (_verdicts.TryGetValue(type, out Verdict? known))
            {
                return known;
            }

            List<ApiRule>? rules = null;
            if (_byType.TryGetValue(type, out List<ApiRule>? listed))
            {
                rules = [.. listed];
            }

            // What the project declares itself is judged by what it calls, not by its name.
            TypeNeeds? needs = SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, _compilation.Assembly) ? null : ApiNeeds.Shipped.Of(type);
            foreach (ApiRule rule in _byLookup)
            {
                if (rule.Judges(needs))
                {
                    (rules ??= []).Add(rule);
                }
            }

            return _verdicts.GetOrAdd(type, rules is null ? s_none : new Verdict([.. rules], needs));
        }

        /// <summary>The rules that judge members of a type, and what the type's members need.</summary>
        private sealed class Verdict(ApiRule[] rules, TypeNeeds? needs)
        {
            public ApiRule[] Rules { get; } = rules;
            public TypeNeeds? Needs { get; } = needs;
        }

        /// <summary><c>nameof(X.Y)</c> is a string.</summary>
        private static bool IsNameOnly(IOperation operation)
        {
            for (IOperation? parent = operation.Parent; parent is Microsoft.CodeAnalysis.Operations.IMemberReferenceOperation or Microsoft.CodeAnalysis.Operations.INameOfOperation; parent = parent.Parent)
            {
                if (parent is Microsoft.CodeAnalysis.Operations.INameOfOperation)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>
        /// A member that says by the framework's own attributes that it is not for this platform: its callers are told (CA1416), its body
        /// never runs here.
        /// </summary>
        private static bool IsForElsewhere(ISymbol? symbol)
        {
            for (; symbol is not null and not INamespaceSymbol; symbol = symbol.ContainingSymbol)
            {
                bool supportedSomewhere = false;
                bool supportedHere = false;
                foreach (AttributeData attribute in symbol.GetAttributes())
                {
                    if (attribute.ConstructorArguments.Length == 0 || attribute.ConstructorArguments[0].Value is not string platform)
                    {
                        continue;
                    }

                    bool here = platform.StartsWith(GuardFlow.Platform, System.StringComparison.OrdinalIgnoreCase);
                    switch (attribute.AttributeClass?.Name)
                    {
                        case "UnsupportedOSPlatformAttribute" when here:
                            return true;
                        case "SupportedOSPlatformAttribute":
                            supportedSomewhere = true;
                            supportedHere |= here || platform.StartsWith("linux", System.StringComparison.OrdinalIgnoreCase);
                            break;
                    }
                }

                if (supportedSomewhere && !supportedHere)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
