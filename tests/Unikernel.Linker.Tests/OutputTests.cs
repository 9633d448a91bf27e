using System.Globalization;
using System.IO.Compression;
using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>What is written: the same bytes from the same input, the same IL for kept methods, and lines that still fit.</summary>
public sealed class OutputTests
{
    private const string Source = """
        using System;
        class Program
        {
            static void Main() { Console.WriteLine(Kept(3)); }
            static int Kept(int n)
            {
                try
                {
                    for (int i = 0; i < n; i++) { if (i == 2) throw new InvalidOperationException("x"); }
                }
                catch (InvalidOperationException e) when (e.Message == "x") { return 1; }
                finally { Console.WriteLine("f"); }
                return 0;
            }
            static void Removed() { }
        }
        """;

    [Fact]
    public void TheSameInTwoFolders()
    {
        using LinkedProgram first = LinkedProgram.Link(Source);
        using LinkedProgram second = LinkedProgram.Link(Source);
        string[] names = [.. Directory.EnumerateFiles(first.Output).Select(f => Path.GetFileName(f)!).Where(f => f != "assemblies.txt").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(names);
        foreach (string name in names)
            Assert.Equal(File.ReadAllBytes(Path.Combine(first.Output, name)), File.ReadAllBytes(Path.Combine(second.Output, name)));
    }

    /// <summary>ILC writes the id of a module into the image; where the sources lie is in the PDB, whose id is another one.</summary>
    [Fact]
    public void TheModulesIdDoesNotDependOnTheFolderOfTheSources()
    {
        using LinkedProgram first = LinkedProgram.LinkMainOnly([("/a/test.cs", Source)]);
        using LinkedProgram second = LinkedProgram.LinkMainOnly([("/another/folder/test.cs", Source)]);
        using LinkedProgram third = LinkedProgram.LinkMainOnly([("/a/test.cs", Source.Replace("return 0;", "return 2;", StringComparison.Ordinal))]);
        using AssemblyDefinition one = first.Read();
        using AssemblyDefinition two = second.Read();
        using AssemblyDefinition other = third.Read();
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(first.Output, "test.pdb")), File.ReadAllBytes(Path.Combine(second.Output, "test.pdb")));
        Assert.Equal(one.MainModule.Mvid, two.MainModule.Mvid);
        Assert.NotEqual(one.MainModule.Mvid, other.MainModule.Mvid);
    }

    /// <summary>The long way is met first; the report tells the short one, a line that is needed always before the line that needs it.</summary>
    [Fact]
    public void ReasonsAreTheShortestAndOfEveryMethodThatIsKept()
    {
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("test.cs", """
            class Program
            {
                static void Main() { A(); Target(); }
                static void A() => B();
                static void B() => C();
                static void C() => Target();
                static void Target() { }
            }
            """)]);
        string report = Path.Combine(program.Directory, "report");
        program.Run("--report", report, "--feature", "System.Diagnostics.Tracing.EventSource.IsSupported=false");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Path.Combine(report, ReasonsWriter.FileName)), CompressionMode.Decompress));
        string[][] lines = [.. reader.ReadToEnd().TrimEnd('\n').Split('\n').Select(line => line.Split('\t', 5))];
        Assert.All(lines.Index(), line => Assert.InRange(int.Parse(line.Item[0], CultureInfo.InvariantCulture), -1, line.Index - 1));

        int target = Array.FindIndex(lines, line => line[2] == "method" && line[4] == "Program::Target");
        string[] needs = lines[int.Parse(lines[target][0], CultureInfo.InvariantCulture)];
        Assert.Equal(("call", "test", "Program::Main"), (lines[target][1], lines[target][3], needs[4]));
        using AssemblyDefinition main = program.Read();
        Assert.All(main.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody), method => Assert.Contains(lines, line => line[2] == "method" && line[3] == "test" && line[4] == $"{method.DeclaringType.FullName}::{method.Name}"));
    }

    [Fact]
    public void KeptMethodsHaveTheSameInstructions()
    {
        using LinkedProgram program = LinkedProgram.Link(Source);
        using AssemblyDefinition original = AssemblyDefinition.ReadAssembly(program.Input);
        using AssemblyDefinition linked = program.Read();
        foreach (string name in new[] { "Main", "Kept" })
        {
            MethodDefinition before = original.MainModule.GetType("Program").Methods.Single(m => m.Name == name);
            MethodDefinition after = linked.MainModule.GetType("Program").Methods.Single(m => m.Name == name);
            Assert.Equal(before.Body.Instructions.Select(i => i.ToString()), after.Body.Instructions.Select(i => i.ToString()));
            Assert.Equal(before.Body.ExceptionHandlers.Count, after.Body.ExceptionHandlers.Count);
        }
    }

    [Fact]
    public void FrameworkMethodsHaveTheSameInstructions()
    {
        using LinkedProgram program = LinkedProgram.Link(Source);
        using AssemblyDefinition original = AssemblyDefinition.ReadAssembly(typeof(object).Assembly.Location);
        using AssemblyDefinition linked = program.Read("System.Private.CoreLib");
        Dictionary<string, MethodDefinition> before = original.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody).ToDictionary(m => m.FullName + m.MetadataToken);
        ILookup<string, MethodDefinition> byName = before.Values.ToLookup(m => m.FullName);
        int compared = 0;
        foreach (MethodDefinition after in linked.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody))
        {
            string[] code = [.. after.Body.Instructions.Select(Text)];
            if (code is ["ldnull ", "throw "] || byName[after.FullName].Count() != 1)
                continue;
            // Feature switches of the framework decide branches (a pop each) or make a body a constant; other code must be untouched.
            string[] unswept = [.. byName[after.FullName].Single().Body.Instructions.Select(Text)];
            if (code.Length <= 3 || code.Count(c => c == "pop ") != unswept.Count(c => c == "pop "))
                continue;
            Assert.Equal(unswept, code);
            compared++;
        }

        Assert.True(compared > 500, $"{compared} methods compared");

        static string Text(Instruction i) => i.OpCode.Name + " " + (i.Operand is Instruction or Instruction[]? "" : i.Operand?.ToString());
    }

    [Fact]
    public void LinesSurvive()
    {
        using LinkedProgram program = LinkedProgram.Link(Source);
        using AssemblyDefinition linked = AssemblyDefinition.ReadAssembly(
            Path.Combine(program.Output, "test.dll"), new ReaderParameters { ReadSymbols = true, InMemory = true });
        MethodDefinition kept = linked.MainModule.GetType("Program").Methods.Single(m => m.Name == "Kept");
        Assert.Contains(kept.DebugInformation.SequencePoints, p => p.StartLine == 9 && p.Document.Url == "test.cs");
        Assert.Contains(kept.DebugInformation.Scope.Scopes.Append(kept.DebugInformation.Scope).SelectMany(s => s.Variables), v => v.Name == "i");
    }

    [Fact]
    public void LinesSurviveBranchRemoval()
    {
        using LinkedProgram program = LinkedProgram.Link("""
            using System;
            using System.Diagnostics.CodeAnalysis;
            class Program
            {
                [FeatureSwitchDefinition("F")] static bool F => true;
                static void Main()
                {
                    if (F)
                        Console.WriteLine("gone");
                    Console.WriteLine("stays");
                }
            }
            """, "--feature", "F=false");
        using AssemblyDefinition linked = AssemblyDefinition.ReadAssembly(
            Path.Combine(program.Output, "test.dll"), new ReaderParameters { ReadSymbols = true, InMemory = true });
        MethodDefinition main = linked.EntryPoint;
        Assert.DoesNotContain(main.Body.Instructions, i => i.Operand is "gone");
        Instruction stays = main.Body.Instructions.Single(i => i.Operand is "stays");
        Assert.Equal(10, SourceLocation.Of(main, stays)!.Value.Line);
    }

    [Fact]
    public void BindingCallsTheProvider()
    {
        using LinkedProgram program = LinkedProgram.Link("""
            using System;
            using System.Runtime.InteropServices;
            namespace Unikernel.Binding { class ProvidesEntryPointAttribute(string library, string entryPoint) : Attribute { } }
            unsafe class Program
            {
                [DllImport("libclock.so", EntryPoint = "ticks", SetLastError = true)] static extern long Ticks(ref int id, byte* p);
                [Unikernel.Binding.ProvidesEntryPoint("clock", "ticks")] static long Provide(int* id, nint p) => *id;
                static void Main() { int i = 1; Console.WriteLine(Ticks(ref i, null)); }
            }
            """, "--mode", "sweep");
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read();
        MethodDefinition ticks = linked.MainModule.GetType("Program").Methods.Single(m => m.Name == "Ticks");
        Assert.False(ticks.IsPInvokeImpl);
        Assert.Contains(ticks.Body.Instructions, i => i.Operand is MethodReference { Name: "Provide" });
        Assert.Contains(ticks.Body.Instructions, i => i.Operand is MethodReference { Name: "SetLastPInvokeError" });
        Assert.Contains(ticks.Body.Variables, v => v.VariableType.IsPinned);
    }

    [Theory]
    [InlineData("static int Provide(int id) => id;", "UKN2001")]
    [InlineData("static long Provide(int id, int more) => id;", "UKN2001")]
    [InlineData("static long Provide(string id) => 0;", "UKN2003")]
    [InlineData("static long Provide<T>(int id) => 0;", "UKN2003")]
    [InlineData("long Provide(int id) => 0;", "UKN2003")]
    [InlineData("static long Provide(int id) => 0; [Unikernel.Binding.ProvidesEntryPoint(\"clock\", \"ticks\")] static long P2(int id) => 0;", "UKN2002")]
    public void BindingErrors(string provider, string id)
    {
        using LinkedProgram program = LinkedProgram.Link($$"""
            using System;
            using System.Runtime.InteropServices;
            namespace Unikernel.Binding { [AttributeUsage(AttributeTargets.All)] class ProvidesEntryPointAttribute(string library, string entryPoint) : Attribute { } }
            class Program
            {
                [DllImport("clock", EntryPoint = "ticks")] static extern long Ticks(int id);
                [Unikernel.Binding.ProvidesEntryPoint("clock", "ticks")] {{provider}}
                static void Main() => Console.WriteLine(Ticks(1));
            }
            """);
        Assert.Equal([id], program.Messages.Select(m => m.Rule.Id));
    }

    [Fact]
    public void WarningHasLineAndChain()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();\nSystem.Diagnostics.Process.Start(\"ls\");\n", "--unprovided", "stub");
        Message message = Assert.Single(program.Messages);
        Assert.Equal("UKN1001", message.Rule.Id);
        Assert.Equal(2, message.Location!.Value.Line);
        Assert.StartsWith("test.cs(2,1): warning UKN1001: ", message.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WarningsBecomeErrors()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Diagnostics.Process.Start(\"ls\");", "--unprovided", "stub", "--warnaserror");
        Assert.Equal(Severity.Error, Assert.Single(program.Messages).Severity);
        Assert.True(program.Log.HasErrors);
    }

    [Fact]
    public void EveryLinkerRuleHasAPage()
    {
        foreach (System.Reflection.FieldInfo field in typeof(Diagnostics.LinkingRules).GetFields())
        {
            var rule = (Diagnostics.Rule)field.GetValue(null)!;
            if (rule.Id.StartsWith("UKN2", StringComparison.Ordinal))
                Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "rules", rule.Id + ".md")), rule.Id);
        }
    }
}
