using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>Bad input gives one error with a code, never a crash or a hang.</summary>
public sealed class InputTests
{
    private const string Program = "Lib.M(); class Program2 { }";

    internal static LinkedProgram WithLibrary(Action<string> damage)
    {
        LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        string library = Path.Combine(program.Directory, "lib.dll");
        CaseCompiler.Compile(library, [("lib.cs", "public class Lib { public static void M() => System.Console.WriteLine(); }")], OutputKind.DynamicallyLinkedLibrary);
        CaseCompiler.Compile(program.Input, [("test.cs", Program)], OutputKind.ConsoleApplication, library);
        damage(library);
        program.Run("-r", library);
        return program;
    }

    private static string[] Ids(LinkedProgram program) => [.. program.Messages.Select(m => m.Rule.Id).Distinct()];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(600)]
    public void TruncatedAssembly(int length)
    {
        using LinkedProgram program = WithLibrary(path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]));
        Assert.Equal(["UKN2100"], Ids(program));
    }

    [Fact]
    public void TextInsteadOfAssembly()
    {
        using LinkedProgram program = WithLibrary(path => File.WriteAllText(path, "not an assembly"));
        Assert.Equal(["UKN2100"], Ids(program));
    }

    [Fact]
    public void ReferenceAssembly()
    {
        using LinkedProgram program = WithLibrary(path => CaseCompiler.Compile(
            path,
            [("lib.cs", "[assembly: System.Runtime.CompilerServices.ReferenceAssembly] public class Lib { public static void M() { } }")],
            OutputKind.DynamicallyLinkedLibrary));
        Assert.Equal(["UKN2102"], Ids(program));
    }

    [Fact]
    public void DuplicateName()
    {
        using LinkedProgram program = WithLibrary(_ => { });
        string other = Directory.CreateDirectory(Path.Combine(program.Directory, "other")).FullName;
        CaseCompiler.Compile(Path.Combine(other, "lib.dll"), [("l.cs", "public class Other { }")], OutputKind.DynamicallyLinkedLibrary);
        program.Run("-r", Path.Combine(program.Directory, "lib.dll"), "-r", Path.Combine(other, "lib.dll"));
        Assert.Equal(["UKN2103"], Ids(program));
    }

    [Fact]
    public void SameFileTwiceIsFine()
    {
        using LinkedProgram program = WithLibrary(_ => { });
        string other = Directory.CreateDirectory(Path.Combine(program.Directory, "other")).FullName;
        File.Copy(Path.Combine(program.Directory, "lib.dll"), Path.Combine(other, "lib.dll"));
        program.Run("-r", Path.Combine(program.Directory, "lib.dll"), "-r", Path.Combine(other, "lib.dll"));
        Assert.Empty(program.Messages);
    }

    [Fact]
    public void MissingFile()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();", "-r", "/nowhere/lib.dll");
        Assert.Equal(["UKN2104"], Ids(program));
    }

    [Fact]
    public void MissingReferenceIsAWarningWithTheUsersMethod()
    {
        using LinkedProgram program = WithLibrary(File.Delete, expectAdd: false);
        Assert.Equal(["UKN2020"], Ids(program));
        Assert.Contains("Lib", program.Messages[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingMethodIsAWarning()
    {
        using LinkedProgram program = WithLibrary(path => CaseCompiler.Compile(path, [("lib.cs", "public class Lib { }")], OutputKind.DynamicallyLinkedLibrary));
        Assert.Equal(["UKN2021"], Ids(program));
    }

    [Fact]
    public void LibraryWithoutMain()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        CaseCompiler.Compile(program.Input, [("l.cs", "public class A { }")], OutputKind.DynamicallyLinkedLibrary);
        program.Run();
        Assert.Equal(["UKN2105"], Ids(program));
    }

    /// <summary>The token of the entry point (ECMA-335 II.25.3.3.2) may name a method that does not exist, or one whose signature is damaged.</summary>
    [Theory]
    [InlineData(0x06FFFFFFu)]
    [InlineData(0x06001000u)]
    public void EntryPointThatDoesNotExist(uint token)
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        byte[] image = File.ReadAllBytes(program.Input);
        using (var pe = new PEReader(new MemoryStream(image)))
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(pe.PEHeaders.CorHeaderStartOffset + 20), token);
        File.WriteAllBytes(program.Input, image);
        program.Run();
        Assert.Single(Ids(program));
    }

    [Fact]
    public void CircularReferences()
    {
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        string a = Path.Combine(program.Directory, "a.dll");
        string b = Path.Combine(program.Directory, "b.dll");
        CaseCompiler.Compile(b, [("b.cs", "public class B { public static void M() { } }")], OutputKind.DynamicallyLinkedLibrary);
        CaseCompiler.Compile(a, [("a.cs", "public class A { public static void M() => B.M(); }")], OutputKind.DynamicallyLinkedLibrary, b);
        CaseCompiler.Compile(b, [("b.cs", "public class B { public static void M() => A.M(); }")], OutputKind.DynamicallyLinkedLibrary, a);
        CaseCompiler.Compile(program.Input, [("p.cs", "A.M();")], OutputKind.ConsoleApplication, a);
        program.Run("-r", a, "-r", b);
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read("b");
        Assert.Contains(linked.MainModule.GetTypes(), t => t.Name == "B");
    }

    [Fact]
    public void HundredThousandMethods()
    {
        string methods = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"public static void M{i}() {{ }}\n"));
        using LinkedProgram program = LinkedProgram.Link($"Big.M7(); static class Big {{ {methods} }}");
        Assert.Empty(program.Messages);
        using AssemblyDefinition linked = program.Read();
        Assert.Equal(["M7"], linked.MainModule.GetType("Big").Methods.Select(m => m.Name));
    }

    /// <summary>C++/CLI: code that is not IL, which the flag of the CLI header says (ECMA-335 II.25.3.3.1).</summary>
    [Fact]
    public void MixedMode()
    {
        using LinkedProgram program = WithLibrary(path =>
        {
            byte[] image = File.ReadAllBytes(path);
            using (var pe = new PEReader(new MemoryStream(image)))
                image[pe.PEHeaders.CorHeaderStartOffset + 16] &= 0xFE;
            File.WriteAllBytes(path, image);
        });
        Assert.Equal(["UKN2101"], Ids(program));
    }

    /// <summary>The assemblies of an installed runtime are ready-to-run: IL with native code beside it, which is dropped.</summary>
    [Fact]
    public void ReadyToRun()
    {
        using (var pe = new PEReader(File.OpenRead(typeof(object).Assembly.Location)))
            Assert.NotEqual(0, pe.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        Assert.Empty(program.Messages);
        using var linked = new PEReader(File.OpenRead(Path.Combine(program.Output, "System.Private.CoreLib.dll")));
        Assert.Equal(0, linked.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        Assert.True(linked.PEHeaders.CorHeader.Flags.HasFlag(CorFlags.ILOnly));
    }

    [Fact]
    public void TypeThatInheritsFromItself()
    {
        using LinkedProgram program = WithLibrary(path => Change(path, module =>
        {
            var other = new TypeDefinition("", "Other", TypeAttributes.Class, module.GetType("Lib"));
            module.Types.Add(other);
            module.GetType("Lib").BaseType = other;
            ILProcessor code = module.GetType("Lib").Methods.Single(m => m.Name == "M").Body.GetILProcessor();
            code.InsertBefore(code.Body.Instructions[0], Instruction.Create(OpCodes.Pop));
            code.InsertBefore(code.Body.Instructions[0], Instruction.Create(OpCodes.Newobj, module.GetType("Lib").Methods.Single(m => m.IsConstructor)));
        }));
        Assert.Equal(["UKN2100"], Ids(program));
        Assert.Contains("inherits from itself", program.Messages[0].Text, StringComparison.Ordinal);
    }

    /// <summary>Two facades that forward a type to each other.</summary>
    [Fact]
    public void TypeThatIsForwardedInACircle()
    {
        using LinkedProgram program = WithLibrary(path =>
        {
            foreach ((string from, string to) in new[] { ("lib", "back"), ("back", "lib") })
            {
                using var facade = AssemblyDefinition.CreateAssembly(new AssemblyNameDefinition(from, new Version(1, 0)), from, ModuleKind.Dll);
                var target = new AssemblyNameReference(to, new Version(1, 0));
                facade.MainModule.AssemblyReferences.Add(target);
                facade.MainModule.ExportedTypes.Add(new ExportedType("", "Lib", facade.MainModule, target) { Attributes = TypeAttributes.Public | (TypeAttributes)0x00200000 });
                facade.Write(Path.Combine(Path.GetDirectoryName(path)!, from + ".dll"));
            }
        });
        program.Run("-r", Path.Combine(program.Directory, "lib.dll"), "-r", Path.Combine(program.Directory, "back.dll"));
        Assert.Equal(["UKN2100"], Ids(program));
        Assert.Contains("forwarded in a circle", program.Messages[0].Text, StringComparison.Ordinal);
    }

    internal static void Change(string path, Action<ModuleDefinition> change)
    {
        using var module = ModuleDefinition.ReadModule(new MemoryStream(File.ReadAllBytes(path)));
        change(module);
        module.Write(path);
        File.Delete(Path.ChangeExtension(path, ".pdb"));
    }

    [Fact]
    public void MalformedSubstitutions()
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "<linker><assembly></linker>");
        using LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();", "--substitution", file);
        File.Delete(file);
        Assert.Equal(["UKN2011"], Ids(program));
    }

    [Theory]
    [InlineData("--substitution", "<linker><assembly fullname='test'><type><method signature='M' body='stub'/></type></assembly></linker>")]
    [InlineData("--descriptor", "<linker><assembly fullname='test'><type/></assembly></linker>")]
    public void XmlWithoutNames(string option, string xml)
    {
        string file = Path.GetTempFileName();
        File.WriteAllText(file, xml);
        using LinkedProgram program = LinkedProgram.LinkMainOnly([("test.cs", "System.Console.WriteLine();")], option, file);
        File.Delete(file);
        Assert.Equal(["UKN2012"], Ids(program));
    }

    [Theory]
    [InlineData("--mode", "turbo")]
    [InlineData("--feature", "NoValue")]
    [InlineData("--nonsense")]
    [InlineData("--input")]
    [InlineData("@/nowhere/x.rsp")]
    public void WrongUsage(params string[] arguments) =>
        Assert.Throws<Inputs.UsageException>(() => Inputs.LinkerOptions.Parse(arguments));

    /// <summary>Random damage: whatever happens must be a diagnostic. The seed is fixed so that a failure can be repeated.</summary>
    [Fact]
    public void DamagedBytes()
    {
        var random = new Random(20_250_101);
        using LinkedProgram program = WithLibrary(_ => { });
        string library = Path.Combine(program.Directory, "lib.dll");
        byte[] original = File.ReadAllBytes(library);
        for (int round = 0; round < 40; round++)
        {
            byte[] damaged = (byte[])original.Clone();
            for (int i = 0; i < 8; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(library, damaged);
            File.Delete(Path.ChangeExtension(library, ".pdb"));
            Exception? failure = Record.Exception(() => program.Run("-r", library));
            Assert.True(failure is null, $"round {round}: {failure}");
        }
    }

    private static LinkedProgram WithLibrary(Action<string> damage, bool expectAdd)
    {
        LinkedProgram program = LinkedProgram.Link("System.Console.WriteLine();");
        string library = Path.Combine(program.Directory, "lib.dll");
        CaseCompiler.Compile(library, [("lib.cs", "public class Lib { public static void M() { } }")], OutputKind.DynamicallyLinkedLibrary);
        CaseCompiler.Compile(program.Input, [("test.cs", Program)], OutputKind.ConsoleApplication, library);
        damage(library);
        program.Run(expectAdd ? ["-r", library] : []);
        return program;
    }
}
