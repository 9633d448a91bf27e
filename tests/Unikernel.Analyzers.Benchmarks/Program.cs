using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Unikernel.Analyzers;

BenchmarkRunner.Run<LookUps>(DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)), args);

/// <summary>
/// The look-up of an API that is made for every use of a member in a compilation: nearly all miss, by the type's name or by the member's.
/// </summary>
[MemoryDiagnoser]
public class LookUps
{
    private readonly ApiNeeds _needs = ApiNeeds.Shipped;
    private readonly INamedTypeSymbol _builder;
    private readonly ISymbol _isBound;
    private readonly ISymbol _start;
    private readonly TypeNeeds _socket;
    private readonly TypeNeeds _process;

    /// <summary>Symbols as the compiler gives them.</summary>
    public LookUps()
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "c", references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)));
        _builder = compilation.GetTypeByMetadataName("System.Text.StringBuilder")!;
        INamedTypeSymbol socket = compilation.GetTypeByMetadataName("System.Net.Sockets.Socket")!, process = compilation.GetTypeByMetadataName("System.Diagnostics.Process")!;
        _isBound = socket.GetMembers("IsBound")[0];
        _start = process.GetMembers("Start")[0];
        _socket = _needs.Of(socket)!;
        _process = _needs.Of(process)!;
    }

    /// <summary>A type of which nothing is listed.</summary>
    [Benchmark]
    public object? MissByType() => _needs.Of(_builder);

    /// <summary>A member that needs nothing, of a type that is listed.</summary>
    [Benchmark]
    public object? MissByMember() => _socket.Of(_isBound);

    /// <summary>A member that is listed.</summary>
    [Benchmark]
    public object? Hit() => _process.Of(_start);
}
