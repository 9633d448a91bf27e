using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN3001: <c>new Thread(…)</c> in a loop that also accepts connections.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UKN3001_ThreadPerConnection() : HabitAnalyzer(RuntimeRules.ThreadPerConnection)
{
    private protected override void Register(CompilationStartAnalysisContext start)
    {
        if (start.Compilation.GetTypeByMetadataName("System.Threading.Thread") is { } thread)
        {
            start.RegisterOperationAction(operation => Analyze(operation, thread), OperationKind.ObjectCreation);
        }
    }

    private void Analyze(OperationAnalysisContext context, INamedTypeSymbol thread)
    {
        if (SymbolEqualityComparer.Default.Equals(context.Operation.Type, thread) && Loops.Around(context.Operation) is { } loop && Accepts(loop))
        {
            Report(context);
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
