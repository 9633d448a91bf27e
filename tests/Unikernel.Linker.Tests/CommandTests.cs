using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Replace;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>The commands that answer questions: fingerprint and why.</summary>
public sealed class CommandTests
{
    private static readonly string s_console = CaseCompiler.Framework.Single(f => Path.GetFileName(f) == "System.Console.dll");

    private static string Fingerprint(string file, string type, string method)
    {
        using var store = new AssemblyStore();
        using var text = new StringWriter();
        FingerprintCommand.Write(store, file, type, method, text);
        return text.ToString();
    }

    [Fact]
    public void FingerprintIsThatOfTheReplacementTable()
    {
        using AssemblyDefinition console = AssemblyDefinition.ReadAssembly(s_console);
        MethodDefinition method = console.MainModule.GetType("System.Console").Methods.Single(m => m.Name == "get_Out");
        Assert.Equal($"{ReplacementTable.Fingerprint(method)}  {MemberSignatures.Format(method)}{Environment.NewLine}", Fingerprint(s_console, "System.Console", "get_Out"));
    }

    [Fact]
    public void EveryOverloadHasAFingerprint()
    {
        using AssemblyDefinition console = AssemblyDefinition.ReadAssembly(s_console);
        int overloads = console.MainModule.GetType("System.Console").Methods.Count(m => m.Name == "WriteLine");
        string[] lines = Fingerprint(s_console, "System.Console", "WriteLine").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(overloads, lines.Select(line => line.Split(' ')[0]).Distinct().Count());
    }

    [Fact]
    public void AFacadeLeadsToTheAssemblyThatHoldsTheType() => Assert.Contains(
        "  System.Object CreateInstance(System.Type,System.Boolean)", Fingerprint(Path.Combine(CaseCompiler.FrameworkDirectory, "System.Runtime.dll"), "System.Activator", "CreateInstance"), StringComparison.Ordinal);

    [Theory]
    [InlineData("System.Nothing", "get_Out")]
    [InlineData("System.Console", "Nothing")]
    public void NothingToFingerprint(string type, string method) =>
        Assert.Equal("UKN2108", Assert.Throws<LinkerException>(() => Fingerprint(s_console, type, method)).Rule.Id);

    [Fact]
    public void CommandLineOfFingerprint()
    {
        LinkerOptions options = LinkerOptions.Parse(["fingerprint", "a.dll", "N.T", "M"]);
        Assert.Equal(("fingerprint", "a.dll", "N.T", "M"), (options.Command, options.Input, options.TypeName, options.Member));
        Assert.Throws<UsageException>(() => LinkerOptions.Parse(["fingerprint", "a.dll", "N.T"]));
    }

    /// <summary>Marking goes depth first and meets the long way first; the answer is the short one.</summary>
    [Fact]
    public void WhyPrintsTheShortestChain()
    {
        using LinkedProgram program = LinkedProgram.LinkMainOnly(
        [
            ("test.cs", """
                A.Long(); A.Target();
                static class A
                {
                    public static void Long() => Two();
                    static void Two() => Three();
                    static void Three() => Target();
                    public static void Target() { }
                }
                """),
        ]);
        using var text = new StringWriter();
        LinkerOptions options = LinkerOptions.Parse(
            ["why", "A.Target", "--input", program.Input, "--runtime-roots", "none", "--unprovided", "native", .. CaseCompiler.Framework.SelectMany(f => new[] { "-r", f })]);
        TextWriter before = Console.Out;
        Console.SetOut(text);
        try
        {
            using var session = new LinkSession(options, new MessageLog(options.NoWarn, warningsAsErrors: false));
            session.Run();
        }
        finally
        {
            Console.SetOut(before);
        }

        string[] chain = text.ToString().Split('\n')[..3];
        Assert.Equal("method System.Void A::Target()", chain[0].TrimEnd());
        Assert.StartsWith("  entry point method System.Void Program::<Main>$", chain[1], StringComparison.Ordinal);
        Assert.Equal("  call method System.Void A::Target()", chain[2].TrimEnd());
    }
}
