using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>UKN1001 through every way in which source code can touch an API.</summary>
public class ApiUseTests
{
    [Theory]
    [InlineData("call", "[|Process.Start(\"x\")|];")]
    [InlineData("method group", "Func<string, Process> f = [|Process.Start|];")]
    [InlineData("construction", "DSAOpenSsl a = [|new DSAOpenSsl(1024)|];")]
    [InlineData("target-typed construction", "DSAOpenSsl a = [|new(1024)|];")]
    [InlineData("property", "DSAOpenSsl a = null!; int n = [|a.KeySize|];")]
    [InlineData("assignment", "DSAOpenSsl a = null!; [|a.KeySize|] = 1024;")]
    [InlineData("typeof", "Type t = [|typeof(DSAOpenSsl)|];")]
    [InlineData("lambda", "Action a = () => [|Process.Start(\"x\")|];")]
    [InlineData("local function", "void F() => [|Process.Start(\"x\")|]; F();")]
    [InlineData("conditional access", "DSAOpenSsl? a = null; [|a?.ImportParameters(default)|];")]
    [InlineData("pattern of loop", "foreach (ProcessThread t in [|Process.Start(\"x\")|].Threads) { }")]
    [InlineData("argument", "Console.WriteLine([|Process.Start(\"x\")|]);")]
    [InlineData("interpolation", "string s = $\"{[|Process.Start(\"x\")|]}\";")]
    [InlineData("query", "var q = from n in new[] { 1 } select [|Process.Start(n.ToString())|];")]
    [InlineData("using", "using Process p = [|Process.Start(\"x\")|];")]
    [InlineData("extension call", "X509Certificate2 c = null!; RSA? k = [|c.GetRSAPrivateKey()|];")]
    [InlineData("extension as method group", "X509Certificate2 c = null!; Func<RSA?> k = [|c.GetRSAPrivateKey|];")]
    [InlineData("field of another", "nint h = [|System.Runtime.InteropServices.NativeLibrary.Load(\"x\")|];")]
    public async Task InABody(string way, string statement)
    {
        string markup = statement switch
        {
            // What is reported of a conditional access is its call.
            _ when way == "conditional access" => "DSAOpenSsl? a = null; a?[|.ImportParameters(default)|];",
            _ => statement,
        };
        await Verify.Of("UKN1001", Program(markup)).RunAsync(CancellationToken.None);
    }

    [Fact]
    public async Task BaseTypeAndOverride() => await Verify.Of("UKN1001", """
        using System.IO;
        using System.Net.Security;
        class [|Secure|](Stream inner) : SslStream(inner) { }
        class P { static void Main() { } }
        """).RunAsync(CancellationToken.None);

    [Fact]
    public async Task OwnTypesWithTheSameNamesAreNotJudged() => await Verify.Of("UKN1001", """
        namespace System.Diagnostics.Mine { class Process { public static void Start(string s) { } } }
        class P { static void Main() { System.Diagnostics.Mine.Process.Start("x"); } }
        """).RunAsync(CancellationToken.None);

    [Fact]
    public async Task GenericExtensionAndInterfaceCallsOfHarmlessApisAreSilent() => await Verify.Of("UKN1001", """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        class P
        {
            static void Main()
            {
                IEnumerable<int> numbers = new List<int> { 1 }.Where(n => n > 0).OrderBy(n => n);
                Console.WriteLine(string.Join(",", numbers) + Math.Sin(1) + DateTime.UtcNow + Guid.NewGuid() + new Random(1).Next());
                string text = string.Format("{0:X}", 255);
                Span<byte> bytes = stackalloc byte[4];
                System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
                Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes));
            }
        }
        """).RunAsync(CancellationToken.None);

    [Theory]
    [InlineData("if (OperatingSystem.IsWindows()) { Process.Start(\"x\"); }")]
    [InlineData("if (!OperatingSystem.IsWindows()) { return; } Process.Start(\"x\");")]
    [InlineData("if (OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD()) { Process.Start(\"x\"); }")]
    [InlineData("if (OperatingSystem.IsWindowsVersionAtLeast(10)) { Process.Start(\"x\"); }")]
    [InlineData("while (OperatingSystem.IsBrowser()) { Process.Start(\"x\"); }")]
    [InlineData("_ = OperatingSystem.IsLinux() ? null : Process.Start(\"x\");")]
    [InlineData("if (args.Length > 0 && OperatingSystem.IsWindows()) { Process.Start(\"x\"); }")]
    [InlineData("try { if (OperatingSystem.IsWindows()) { Process.Start(\"x\"); } } finally { }")]
    [InlineData("bool unikernel = OperatingSystem.IsOSPlatform(\"unikernel\"); if (!unikernel) { Process.Start(\"x\"); }")]
    [InlineData("if (OperatingSystem.IsOSPlatform(\"UNIKERNEL\")) { throw new InvalidOperationException(); } Process.Start(\"x\");")]
    public async Task AGuardKeepsItOut(string statement) => await Verify.Of("UKN1001", Program(statement)).RunAsync(CancellationToken.None);

    [Theory]
    [InlineData("if (OperatingSystem.IsLinux()) { [|Process.Start(\"x\")|]; }")]
    [InlineData("if (OperatingSystem.IsWindows() || args.Length > 0) { [|Process.Start(\"x\")|]; }")]
    [InlineData("if (OperatingSystem.IsWindows()) { } else { [|Process.Start(\"x\")|]; }")]
    [InlineData("bool w = OperatingSystem.IsWindows(); w = args.Length > 0; if (w) { [|Process.Start(\"x\")|]; }")]
    [InlineData("try { } catch { [|Process.Start(\"x\")|]; } finally { [|Process.Start(\"y\")|]; }")]
    [InlineData("if (OperatingSystem.IsOSPlatform(\"unikernel\")) { [|Process.Start(\"x\")|]; }")]
    [InlineData("if (OperatingSystem.IsWindows()) { return; } [|Process.Start(\"x\")|];")]
    [InlineData("try { int n = args.Length; Action a = () => { [|Process.Start(\"x\")|]; }; a(); } catch (IOException) { } finally { Console.WriteLine(); }")]
    [InlineData("for (int i = 0; i < 3; i++) { try { void F() { if (i > 1) { [|Process.Start(\"x\")|]; } } F(); } finally { Console.WriteLine(); } }")]
    public async Task AGuardLetsItThrough(string statement) => await Verify.Of("UKN1001", Program(statement)).RunAsync(CancellationToken.None);

    private static string Program(string statement) => $$"""
        using System;
        using System.Diagnostics;
        using System.IO;
        using System.Linq;
        using System.Security.Cryptography;
        using System.Security.Cryptography.X509Certificates;
        class P { static void Main(string[] args) { {{statement}} } }
        """;
}
