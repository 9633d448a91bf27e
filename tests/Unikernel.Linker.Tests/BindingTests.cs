using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>Who provides an entry point when several could, and what takes the place of framework methods.</summary>
public sealed class BindingTests
{
    private const string Attributes = """
        namespace Unikernel.Binding
        {
            [System.AttributeUsage(System.AttributeTargets.Method, AllowMultiple = true)] class ProvidesEntryPointAttribute(string library, string entryPoint) : System.Attribute { }
            class ReplacesAttribute(string assembly, string type, string method) : System.Attribute { public required string Why { get; init; } public string? Fingerprint { get; init; } public string[]? Unless { get; init; } }
        }
        """;

    private const string Caller = """
        System.Console.WriteLine(Native.Ticks());
        static class Native { [System.Runtime.InteropServices.DllImport("libclock")] public static extern long Ticks(); }
        """;

    private static string Library(LinkedProgram program, string name, long value)
    {
        string path = Path.Combine(program.Directory, name + ".dll");
        CaseCompiler.Compile(
            path,
            [("p.cs", $$"""{{Attributes}} public static class {{name}} { [Unikernel.Binding.ProvidesEntryPoint("clock", "Ticks")] public static long Provide() => {{value}}; }""")],
            OutputKind.DynamicallyLinkedLibrary);
        return path;
    }

    private static string? Provider(LinkedProgram program)
    {
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read();
        MethodDefinition ticks = linked.MainModule.GetType("Native").Methods.Single(m => m.Name == "Ticks");
        return ticks.HasBody ? ticks.Body.Instructions.Select(i => i.Operand).OfType<MethodReference>().Single().DeclaringType.Name : null;
    }

    [Fact]
    public void APackageProvides()
    {
        using LinkedProgram program = LinkedProgram.Link(Caller);
        program.Run("-r", Library(program, "Package", 1));
        Assert.Equal("Package", Provider(program));
    }

    [Fact]
    public void TheProgramsChoiceGoesBeforePackagesAndThoseBeforeTheLibraryOS()
    {
        using LinkedProgram program = LinkedProgram.Link(Caller);
        string package = Library(program, "Package", 1);
        string chosen = Library(program, "Chosen", 2);
        string system = Library(program, "System2", 3);
        program.Run("-r", package, "--provider", chosen, "--library-os", system);
        Assert.Equal("Chosen", Provider(program));
        program.Run("-r", package, "--library-os", system);
        Assert.Equal("Package", Provider(program));
        program.Run("--library-os", system);
        Assert.Equal("System2", Provider(program));
    }

    /// <summary>"name" links all P/Invokes of a library to the native link, "name!entry" one of them.</summary>
    [Theory]
    [InlineData("clock", true)]
    [InlineData("libclock.so", true)]
    [InlineData("clock!Ticks", true)]
    [InlineData("clock!Other", false)]
    [InlineData("other", false)]
    public void StaticLibrary(string library, bool native)
    {
        using LinkedProgram program = LinkedProgram.Link(Caller);
        program.Run("--unprovided", "stub", "--native-library", library);
        Assert.Equal(native ? [] : ["UKN1012"], program.Messages.Select(m => m.Rule.Id));
        using AssemblyDefinition linked = program.Read();
        Assert.Equal(native, linked.MainModule.GetType("Native").Methods.Single(m => m.Name == "Ticks").IsPInvokeImpl);
    }

    [Fact]
    public void BindModeBindsAndReplacesAndRemovesNothing()
    {
        using LinkedProgram program = LinkedProgram.Link(Caller + "class Unused { void M() { } }" + Replacement("public static System.IO.TextReader Reader() => null!;"));
        string package = Library(program, "Package", 1);
        Directory.Delete(program.Output, recursive: true);
        program.Run("-r", package, "--mode", "bind");
        Assert.Equal("Package", Provider(program));
        using AssemblyDefinition linked = program.Read();
        Assert.Contains(linked.MainModule.Types, t => t.Name == "Unused");
        using AssemblyDefinition console = program.Read("System.Console");
        MethodDefinition replaced = console.MainModule.GetType("System.Console").Methods.Single(m => m.Name == "get_In");
        Assert.Contains(replaced.Body.Instructions, i => i.Operand is MethodReference { Name: "Reader" });
        Assert.True(console.MainModule.GetType("System.Console").Methods.Count(m => m.Name == "WriteLine") > 10);
    }

    /// <summary>A replacement for programs that reach no member which needs the target's own code.</summary>
    [Theory]
    [InlineData("", "::Beep", true)]
    [InlineData("System.Console.Beep();", "::Beep", false)]
    [InlineData("System.Console.Beep(440, 1);", "::Beep()", true)]
    [InlineData("System.Console.Beep(440, 1);", "::Beep(System.Int32,System.Int32)", false)]
    [InlineData("System.Console.Beep();", "::*eep", false)]
    [InlineData("", "::*eep", true)]
    public void ReplacementUnlessAMemberIsReached(string statement, string member, bool isReplaced)
    {
        foreach (string mode in new[] { "sweep", "bind" })
        {
            using LinkedProgram program = LinkedProgram.Link("System.Console.In.Read();" + statement + Replacement(
                "public static System.IO.TextReader M() => null!;", "get_In", $$""", Unless = new[] { "System.Console!System.Console{{member}}" }"""));
            Directory.Delete(program.Output, recursive: true);
            program.Run("--mode", mode);
            if (!isReplaced && mode == "bind")
            {
                Assert.False(File.Exists(Path.Combine(program.Output, "System.Console.dll"))); // nothing of it had to change
                continue;
            }

            using AssemblyDefinition console = program.Read("System.Console");
            Assert.Equal(isReplaced, console.MainModule.GetType("System.Console").Methods.Single(m => m.Name == "get_In").Body.Instructions.Any(i => i.Operand is MethodReference { Name: "M" }));
        }
    }

    /// <summary>The target's own code comes back with a class of the user's that derives from a type, if the program makes one; the framework's own do not count.</summary>
    [Theory]
    [InlineData("new System.Text.StringBuilder();", true)]
    [InlineData("_ = new System.IO.StringWriter();", true)]
    [InlineData("_ = new Own();", false)]
    [InlineData("_ = new Second();", false)]
    public void ReplacementUnlessAClassDerives(string statement, bool isReplaced)
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.In.Read();" + statement + Replacement(
            "public static System.IO.TextReader M() => null!;", "get_In", ", Unless = new[] { \"*!System.IO.TextWriter::.ctor\" }") +
            "class Own : System.IO.TextWriter { public override System.Text.Encoding Encoding => null!; } class Second : Own { }");
        Directory.Delete(program.Output, recursive: true);
        program.Run("--mode", "sweep");
        using AssemblyDefinition console = program.Read("System.Console");
        Assert.Equal(isReplaced, console.MainModule.GetType("System.Console").Methods.Single(m => m.Name == "get_In").Body.Instructions.Any(i => i.Operand is MethodReference { Name: "M" }));
    }

    /// <summary>The call of a generic replacement names the target's own type parameters.</summary>
    [Fact]
    public void ReplacementOfAGenericMethod()
    {
        using LinkedProgram program = LinkedProgram.Link($$"""
            System.Console.WriteLine(new int[] { 1, 2 }[1..].Length);
            {{Attributes}} static class R
            {
                [Unikernel.Binding.Replaces("System.Private.CoreLib", "System.Runtime.CompilerServices.RuntimeHelpers", "GetSubArray", Why = "a test")]
                public static T[] M<T>(T[] array, System.Range range) => array;
            }
            """);
        Assert.Empty(program.Messages);
        using AssemblyDefinition core = program.Read("System.Private.CoreLib");
        MethodDefinition target = core.MainModule.GetType("System.Runtime.CompilerServices.RuntimeHelpers").Methods.Single(m => m.Name == "GetSubArray");
        var call = Assert.IsType<GenericInstanceMethod>(target.Body.Instructions.Single(i => i.OpCode == Mono.Cecil.Cil.OpCodes.Call).Operand);
        Assert.Equal("T[] R::M<T>(T[],System.Range)", call.FullName.Replace("!!0", "T", StringComparison.Ordinal));
    }

    /// <summary>A structure that the target takes and the replacement declares for itself: the same bytes.</summary>
    [Fact]
    public void ReplacementWithAStructureOfItsOwn()
    {
        using LinkedProgram program = LinkedProgram.Link($$"""
            System.Console.WriteLine(System.Text.Rune.IsDigit(new System.Text.Rune('1')));
            {{Attributes}} static class R
            {
                public struct Character { public uint Value; }
                [Unikernel.Binding.Replaces("System.Private.CoreLib", "System.Text.Rune", "IsDigit", Why = "a test")]
                public static bool M(Character character) => character.Value == '1';
            }
            """);
        Assert.Empty(program.Messages);
        using AssemblyDefinition core = program.Read("System.Private.CoreLib");
        MethodDefinition target = core.MainModule.GetType("System.Text.Rune").Methods.Single(m => m.Name == "IsDigit");
        Assert.Equal(["ldarga", "ldobj", "call", "ret"], target.Body.Instructions.Select(i => i.OpCode.Name));
        Assert.Equal("R/Character", Assert.IsAssignableFrom<TypeReference>(target.Body.Instructions[1].Operand).FullName);
    }

    private static string Replacement(string method, string target = "get_In", string fingerprint = "") => $$"""
         {{Attributes}} static class R { [Unikernel.Binding.Replaces("System.Console", "System.Console", "{{target}}", Why = "no input"{{fingerprint}})] {{method}} }
        """;

    /// <summary>A framework in which the target is gone or has another shape, and one whose code changed: the build says so.</summary>
    [Theory]
    [InlineData("public static System.IO.TextReader M() => null!;", "get_In", "", null)]
    [InlineData("public static System.IO.TextReader M() => null!;", "get_Gone", "", "the method does not exist")]
    [InlineData("public static int M() => 0;", "get_In", "", "no overload takes 'System.Int32 R::M()'; there is System.IO.TextReader System.Console::get_In()")]
    [InlineData("public static System.IO.TextReader M(int more) => null!;", "get_In", "", "no overload takes")]
    [InlineData("public static System.IO.TextReader M() => null!;", "get_In", ", Fingerprint = \"0000000000000000\"", "its code changed (fingerprint ")]
    [InlineData("public static System.IO.TextReader M() => null!;", "get_In", ", Unless = new[] { \"System.Console!System.Console::Gone\" }", "there is no member 'System.Console!System.Console::Gone'")]
    [InlineData("public System.IO.TextReader M() => null!;", "get_In", "", "the replacement is not a static method with a body")]
    public void ReplacementIsCheckedAgainstTheFramework(string method, string target, string fingerprint, string? problem)
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.In.Read();" + Replacement(method, target, fingerprint).Replace("static class R", "class R", StringComparison.Ordinal));
        if (problem is null)
        {
            Assert.Empty(program.Messages);
            using AssemblyDefinition console = program.Read("System.Console");
            Assert.Contains(console.MainModule.GetType("System.Console").Methods.Single(m => m.Name == "get_In").Body.Instructions, i => i.Operand is MethodReference { Name: "M" });
            return;
        }

        Message message = Assert.Single(program.Messages);
        Assert.Equal("UKN2010", message.Rule.Id);
        Assert.Equal(Severity.Error, message.Severity);
        Assert.Contains(problem, message.Text, StringComparison.Ordinal);
        Assert.Contains("no input", message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void RuntimeDirectivesKeepWhatTheyName()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        string library = Path.Combine(program.Directory, "lib.dll");
        CaseCompiler.Compile(library, [("lib.cs", "class Hidden { void M() { } }")], OutputKind.DynamicallyLinkedLibrary);
        string directives = Path.Combine(program.Directory, "rd.xml");
        File.WriteAllText(directives, "<Directives><Application><Assembly Name=\"lib\"><Type Name=\"Hidden\" Dynamic=\"Required All\" /></Assembly></Application></Directives>");
        program.Run("-r", library, "--rdxml", directives);
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read("lib");
        Assert.Contains(linked.MainModule.GetType("Hidden").Methods, m => m.Name == "M");
    }
}
