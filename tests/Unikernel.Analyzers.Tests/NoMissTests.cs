extern alias linker;

using System.Reflection;
using linker::Unikernel.Linker;
using linker::Unikernel.Linker.Inputs;
using linker::Unikernel.Linker.Reporting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>
/// No miss: what the linker refuses at a call of the user's code, the analyzers had said while typing. Both judge a program that uses every public
/// member of every type of the framework that has one which needs something of an operating system: the analyzers its source, the linker its IL.
/// </summary>
public sealed class NoMissTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("unikernel-surface").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatTheLinkerRefusesTheAnalyzersHadSaid()
    {
        PublicSurface surface = PublicSurface.Create(type => ApiNeeds.Shipped.Of(type) is not null);
        Assert.True(surface.Count > 5000 && surface.LeftOut.Count * 100 < surface.Count, $"{surface.Count} members, left out {surface.LeftOut.Count}: {string.Join('\n', surface.LeftOut)}");

        HashSet<int> refused = Refused(surface);
        HashSet<int> said = await SaidAsync(surface);
        Assert.True(refused.Count > 500, $"the linker refuses {refused.Count}, the analyzers {said.Count}");
        Assert.Empty(refused.Except(said).Order().Select(surface.MemberAt));
    }

    private HashSet<int> Refused(PublicSurface surface)
    {
        surface.Emit(_folder);
        IEnumerable<string> framework = Directory.EnumerateFiles(Pack("lib/net10.0")).Concat(Directory.EnumerateFiles(Pack("native"))).Where(file => file.EndsWith(".dll", StringComparison.Ordinal));
        LinkerOptions options = LinkerOptions.Parse(
        [
            "--input", Path.Combine(_folder, "surface.dll"), "-o", Path.Combine(_folder, "out"), "--runtime-roots", "none", "--surface", Metadata("SurfaceData"),
            .. framework.SelectMany(file => new[] { "-r", file }),
        ]);
        MessageLog log = new(options.NoWarn, options.WarningsAsErrors);
        using LinkSession session = new(options, log);
        session.Run();
        return [.. log.Sorted().Where(message => message.Rule.Id == "UKN1001" && message.Location is not null).Select(message => message.Location!.Value.Line - 1)];
    }

    private static async Task<HashSet<int>> SaidAsync(PublicSurface surface)
    {
        AnalyzerOptions options = new([], new MutationTests.On());
        CompilationWithAnalyzers analysis = surface.Compilation.WithAnalyzers([new ApiUsageAnalyzer()], new CompilationWithAnalyzersOptions(options, null, concurrentAnalysis: false, logAnalyzerExecutionTime: false));
        // What UKN1010 says of the current process, UKN1001 does not say again; UKN1007 speaks of the terminal.
        return
        [
            .. (await analysis.GetAnalyzerDiagnosticsAsync(CancellationToken.None)).Where(diagnostic => diagnostic.Id is "UKN1001" or "UKN1010")
                .Select(diagnostic => diagnostic.Location.GetLineSpan().StartLinePosition.Line),
        ];
    }

    private static string Pack(string folder) => Metadata("FrameworkPack") + folder;

    private static string Metadata(string key) => typeof(NoMissTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
