using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>One warning for each call of what no unikernel has, however the call is written, in the words of the source; and what the call throws.</summary>
public sealed class CallSiteTests
{
    private static readonly string s_surface = Path.Combine(AppContext.BaseDirectory, "os-surface.json");

    /// <summary>Each call stands on line 2 of its own source.</summary>
    [Theory]
    [InlineData("A.M(); class A { public static void M() {\n Process.Start(\"x\"); } }", "A.M")]
    [InlineData("System.Console.WriteLine();\n System.Func<string, Process> start = Process.Start; start(\"x\");", "Program.Main")]
    [InlineData("System.Action run =\n () => Process.Start(\"x\"); run();", "Program.Main")]
    [InlineData("A<int>.M(); class A<T> { public static void M() {\n Process.Start(typeof(T).Name); } }", "A.M")]
    [InlineData("A.M<int>(); class A { public static void M<T>() {\n Process.Start(typeof(T).Name); } }", "A.M")]
    [InlineData("await A.M(); class A { public static async System.Threading.Tasks.Task M() { await System.Threading.Tasks.Task.Yield();\n Process.Start(\"x\"); } }", "A.M")]
    [InlineData("foreach (int i in A.M()) System.Console.WriteLine(i); class A { public static System.Collections.Generic.IEnumerable<int> M() {\n Process.Start(\"x\"); yield return 1; } }", "A.M")]
    [InlineData("A.M(1); class A { public static void M(int i) { Local(); void Local() {\n Process.Start(\"x\" + i); } } }", "A.M.Local")]
    [InlineData("System.Console.WriteLine(A.P); class A { public static object P => \n Process.Start(\"x\"); }", "A.P")]
    public void OneWarningAtTheLineInTheWordsOfTheSource(string source, string caller)
    {
        using LinkedProgram program = LinkedProgram.Link([("test.cs", source), ("usings.cs", "global using System.Diagnostics;")], "--unprovided", "stub", "--surface", s_surface);
        Message message = Assert.Single(program.Messages);
        Assert.Equal("UKN1001", message.Rule.Id);
        Assert.Equal(("test.cs", 2), (message.Location!.Value.File, message.Location.Value.Line));
        Assert.StartsWith("'Process.Start' needs processes", message.Text, StringComparison.Ordinal);
        Assert.Matches($@" Chain: {caller.Replace(".", @"\.", StringComparison.Ordinal)} → System\.Diagnostics\.Process\.Start → .* → SystemNative_\w+\.$", message.Text);
        Assert.DoesNotContain("<", message.Text[message.Text.IndexOf("Chain", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void APropertyHasItsOwnName()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(new byte[1]).Version);", "--unprovided", "stub", "--surface", s_surface);
        Assert.Contains(program.Messages, m => m.Text.StartsWith("'X509Certificate2.Version' needs certificates", StringComparison.Ordinal));
        Assert.DoesNotContain(program.Messages, m => m.Text.StartsWith("'X509Certificate2.get_", StringComparison.Ordinal));
    }

    /// <summary>What a package does with a certificate that it is handed never happens: none exists. What makes one, and what runs without, is reported.</summary>
    [Theory]
    [InlineData("public static string M(X509Certificate2? c) => c is null ? \"\" : Name(c); static string Name(X509Certificate2 c) => c.GetNameInfo(X509NameType.DnsName, false);", "M(null)", 0)]
    [InlineData("public static string M(X509Certificate2? c) => c is null ? \"\" : Inner.Text; static class Inner { public static readonly string Text = new AsnEncodedData(\"2.5.29.17\", [1]).Format(true); }", "M(null)", 0)]
    [InlineData("public static string M(X509Certificate2? c) => Both(); public static string Both() => new AsnEncodedData(\"2.5.29.17\", [1]).Format(true);", "M(null) + Lib.Both()", 1)]
    [InlineData("public static string M(X509Certificate2? c) => Run(Text); static string Run(System.Func<string> f) => f(); static string Text() => new AsnEncodedData(\"2.5.29.17\", [1]).Format(true);", "M(null)", 1)]
    [InlineData("public static string M() => Name(X509CertificateLoader.LoadCertificate([1])); static string Name(X509Certificate2 c) => c.GetNameInfo(X509NameType.DnsName, false);", "M()", 1)]
    public void OfPackagesOnlyWhatCanHappenIsReported(string library, string call, int expected)
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("ukn-paper-").FullName;
        string path = System.IO.Path.Combine(folder, "lib.dll");
        CaseCompiler.Compile(path, [("lib.cs", "using System.Security.Cryptography; using System.Security.Cryptography.X509Certificates; public static class Lib { " + library + " }")], Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary);
        using LinkedProgram program = LinkedProgram.LinkWith(path, $"System.Console.WriteLine(Lib.{call});", "--unprovided", "stub", "--surface", s_surface);
        System.IO.Directory.Delete(folder, recursive: true);
        Assert.Equal(expected, program.Messages.Count(m => m.Rule.Id == "UKN1001"));
    }

    /// <summary>On Linux a package's call into a library of Windows would fail as well: it asks first where it runs. What the program itself imports is said.</summary>
    [Theory]
    [InlineData("kernel32.dll", 0, 1)]
    [InlineData("WS2_32", 0, 1)]
    [InlineData("api-ms-win-core-file-l1-1-0.dll", 0, 1)]
    [InlineData("/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation", 0, 1)]
    [InlineData("kernel33.dll", 1, 1)]
    public void OfPackagesNoLibrariesOfAnotherSystem(string name, int ofPackage, int ofProgram)
    {
        string source = $"public static class Lib {{ public static int M() => F(); [System.Runtime.InteropServices.DllImport(\"{name}\")] static extern int F(); }}";
        string folder = System.IO.Directory.CreateTempSubdirectory("ukn-foreign-").FullName;
        string path = System.IO.Path.Combine(folder, "lib.dll");
        CaseCompiler.Compile(path, [("lib.cs", source)], Microsoft.CodeAnalysis.OutputKind.DynamicallyLinkedLibrary);
        using LinkedProgram package = LinkedProgram.LinkWith(path, "System.Console.WriteLine(Lib.M());", "--unprovided", "stub", "--surface", s_surface);
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("test.cs", "System.Console.WriteLine(Lib.M());" + source)], "--unprovided", "stub", "--surface", s_surface);
        System.IO.Directory.Delete(folder, recursive: true);
        Assert.Equal((ofPackage, ofProgram), (package.Messages.Count(m => m.Rule.Id == "UKN1012"), program.Messages.Count(m => m.Rule.Id == "UKN1012")));
    }

    [Theory]
    [InlineData("System.Diagnostics.Process.Start(\"ls\");", "Process.Start (SystemNative_ForkAndExecProcess) is not available on a unikernel. See https://")]
    [InlineData("System.Diagnostics.Process.Start(\"ls\"); new System.Diagnostics.Process().Start();", "Process.Start (SystemNative_ForkAndExecProcess) is not available on a unikernel. See https://")]
    public void TheExceptionNamesWhatTheProgramCalls(string source, string expected)
    {
        using LinkedProgram program = LinkedProgram.Link(source, "--unprovided", "stub", "--surface", s_surface);
        using AssemblyDefinition process = program.Read("System.Diagnostics.Process");
        Instruction[] texts = [.. process.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).Where(i => i.OpCode.Code == Code.Ldstr)];
        Instruction text = Assert.Single(texts, i => ((string)i.Operand).Contains("ForkAndExecProcess", StringComparison.Ordinal));
        Assert.StartsWith(expected, (string)text.Operand, StringComparison.Ordinal);
        Assert.Equal("System.PlatformNotSupportedException", ((MethodReference)text.Next.Operand).DeclaringType.FullName);
    }
}
