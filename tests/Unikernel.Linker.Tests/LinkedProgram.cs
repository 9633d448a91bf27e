using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Tests;

/// <summary>A program that was compiled and linked in a folder of its own.</summary>
internal sealed class LinkedProgram : IDisposable
{
    private bool _mainOnly;

    private LinkedProgram(string directory) => Directory = directory;

    public string Directory { get; }

    public string Input => Path.Combine(Directory, "test.dll");

    public string Output => Path.Combine(Directory, "out");

    public MessageLog Log { get; private set; } = null!;

    public IReadOnlyList<Message> Messages => [.. Log.Sorted()];

    /// <summary>Compiles sources as a program and links it, without what only ILC's runtime needs.</summary>
    public static LinkedProgram Link(IEnumerable<(string Name, string Text)> sources, params string[] arguments)
    {
        var program = new LinkedProgram(System.IO.Directory.CreateTempSubdirectory("ukn-linker-").FullName);
        CaseCompiler.Compile(program.Input, sources, OutputKind.ConsoleApplication);
        program.Run(arguments);
        return program;
    }

    /// <summary>Links and writes only the program's own assembly: what the annotated cases look at, in a quarter of the time.</summary>
    public static LinkedProgram LinkMainOnly(IEnumerable<(string Name, string Text)> sources, params string[] arguments)
    {
        var program = new LinkedProgram(System.IO.Directory.CreateTempSubdirectory("ukn-linker-").FullName) { _mainOnly = true };
        CaseCompiler.Compile(program.Input, sources, OutputKind.ConsoleApplication);
        program.Run([.. arguments, "--feature", "System.Diagnostics.Tracing.EventSource.IsSupported=false"]);
        return program;
    }

    public static LinkedProgram Link(string source, params string[] arguments) => Link([("test.cs", source)], arguments);

    /// <summary>Compiles a program against a library and links both; writes only the program's own assembly.</summary>
    public static LinkedProgram LinkWith(string library, string source, params string[] arguments)
    {
        var program = new LinkedProgram(System.IO.Directory.CreateTempSubdirectory("ukn-linker-").FullName) { _mainOnly = true };
        CaseCompiler.Compile(program.Input, [("test.cs", source)], OutputKind.ConsoleApplication, library);
        program.Run([.. arguments, "-r", library, "--feature", "System.Diagnostics.Tracing.EventSource.IsSupported=false"]);
        return program;
    }

    /// <summary>Links again, with other arguments or after a change of the input.</summary>
    public void Run(params string[] arguments)
    {
        LinkerOptions options = LinkerOptions.Parse(
        [
            "--input", Input, "-o", Output, "--runtime-roots", "none", "--unprovided", "native",
            .. CaseCompiler.Framework.SelectMany(f => new[] { "-r", f }), .. arguments,
        ]);
        if (_mainOnly)
            options.OnlyAssemblies = new HashSet<string>(StringComparer.Ordinal) { "test" };
        Log = MessageLog.For(options);
        using var session = new LinkSession(options, Log);
        try
        {
            session.Run();
        }
        catch (LinkerException e)
        {
            Log.Report(e.Rule, null, e.Arguments);
        }
    }

    /// <summary>The linked main assembly.</summary>
    public AssemblyDefinition Read(string name = "test") => AssemblyDefinition.ReadAssembly(
        Path.Combine(Output, name + ".dll"), new ReaderParameters { InMemory = true });

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
