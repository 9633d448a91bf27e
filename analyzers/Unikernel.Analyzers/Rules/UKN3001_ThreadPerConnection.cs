using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3001: <c>new Thread(…)</c> in a loop that also accepts connections.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3001_ThreadPerConnection : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_descriptor = RuntimeRules.ThreadPerConnection.ToDescriptor();

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [s_descriptor];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            AnalyzerConfigOptionsProvider options = start.Options.AnalyzerConfigOptionsProvider;
            if (AnalyzerGate.IsOpen(options) && !AnalyzerGate.IsTestProject(options)
                && start.Compilation.GetTypeByMetadataName("System.Threading.Thread") is { } thread)
            {
                start.RegisterOperationAction(operation => Analyze(operation, thread), OperationKind.ObjectCreation);
            }
        });
    }

    private static void Analyze(OperationAnalysisContext context, INamedTypeSymbol thread)
    {
        if (SymbolEqualityComparer.Default.Equals(context.Operation.Type, thread) && Loops.Around(context.Operation) is { } loop && Accepts(loop)
            && !GuardFlow.IsGuarded(context.Operation, context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(s_descriptor, context.Operation.Syntax.GetLocation()));
        }
    }

    private static bool Accepts(ILoopOperation loop)
    {
        foreach (IOperation operation in loop.Descendants())
        {
            if (operation is IInvocationOperation { TargetMethod: { Name: "Accept" or "AcceptAsync" or "AcceptSocket" or "AcceptSocketAsync" or "AcceptTcpClient" or "AcceptTcpClientAsync" or "GetContext", ContainingType.Name: "Socket" or "TcpListener" or "HttpListener" } })
            {
                return true;
            }
        }

        return false;
    }
}
