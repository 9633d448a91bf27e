using System.Diagnostics;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;
using Xunit;

namespace Unikernel.Linker.Tests;

/// <summary>
/// The oracle: ILC compiles a program from the unswept and from the swept assemblies. Every method and type that it compiles from the
/// first must exist in the second, with its code. ILC's mstat file lists what it compiled.
/// </summary>
/// <remarks>By default a few programs run (each takes two compilations); UNIKERNEL_ORACLE=full runs all.</remarks>
public sealed class OracleTests
{
    private static readonly string[] s_always = ["Hello", "Reflection", "Generics"];

    private static readonly string[] s_features =
    [
        "System.Diagnostics.Tracing.EventSource.IsSupported=false", "System.Globalization.Invariant=true", "System.Diagnostics.Debugger.IsSupported=false",
        "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported=false", "System.Linq.Expressions.CanEmitObjectArrayDelegate=false",
        "System.Resources.UseSystemResourceKeys=false", "System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault=true",
        "System.ComponentModel.TypeDescriptor.IsComObjectDescriptorSupported=false",
    ];

    private static string Metadata(string key) =>
        typeof(OracleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    public static TheoryData<string> Programs()
    {
        bool full = Environment.GetEnvironmentVariable("UNIKERNEL_ORACLE") == "full";
        var data = new TheoryData<string>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Oracle"), "*.cs").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (full || s_always.Contains(name))
                data.Add(name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void NothingThatIlcCompilesIsLost(string name)
    {
        string directory = Directory.CreateTempSubdirectory("ukn-oracle-").FullName;
        try
        {
            string input = Path.Combine(directory, name + ".dll");
            CaseCompiler.Compile(
                input,
                [("Program.cs", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Oracle", name + ".cs"))), ("Usings.cs", Usings)],
                OutputKind.ConsoleApplication);
            string[] references = [.. FrameworkReferences()];
            var options = LinkerOptions.Parse(
            [
                "--input", input, "-o", Path.Combine(directory, "swept"), "--unprovided", "native",
                .. references.SelectMany(r => new[] { "-r", r }), .. s_features.SelectMany(f => new[] { "--feature", f }),
            ]);
            var log = new MessageLog(options.NoWarn, warningsAsErrors: false);
            using (var session = new LinkSession(options, log))
                session.Run();
            Assert.Empty(log.Sorted());

            string[] swept = File.ReadAllLines(Path.Combine(directory, "swept", "assemblies.txt"));
            string before = Compile(directory, "before", [input, .. references]);
            string after = Compile(directory, "after", swept);
            Assert.Empty(Lost(before, swept));
            // Nor does the linker make the image grow: what ILC compiles of the swept input is at most a little more (type-level precision).
            int compiledBefore = Compiled(before, "Methods").Count();
            int compiledAfter = Compiled(after, "Methods").Count();
            Assert.True(compiledAfter <= compiledBefore * 1.02 + 20, $"{compiledBefore} methods before, {compiledAfter} after");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading.Tasks;
        global using System.Reflection; global using System.IO; global using System.Text; global using System.Threading;
        """;

    private static IEnumerable<string> FrameworkReferences()
    {
        string pack = Metadata("FrameworkPack");
        return Directory.EnumerateFiles(Path.Combine(pack, "native"), "*.dll")
            .Concat(Directory.EnumerateFiles(Path.Combine(pack, "lib", "net10.0"), "*.dll")).Order(StringComparer.Ordinal);
    }

    private static string Compile(string directory, string name, string[] assemblies)
    {
        string mstat = Path.Combine(directory, name + ".mstat");
        string rsp = Path.Combine(directory, name + ".rsp");
        File.WriteAllLines(rsp,
        [
            assemblies[0], .. assemblies.Select(a => "-r:" + a), "-o:" + Path.ChangeExtension(mstat, ".o"), "--mstat:" + mstat,
            "--targetos:linux", "--targetarch:x64", "-O", "--dehydrate", "--scanreflection", "--stacktracedata", "--resilient", "--nosinglewarnassembly:x", "--singlewarn",
            "--initassembly:System.Private.CoreLib", "--initassembly:System.Private.StackTraceMetadata", "--initassembly:System.Private.TypeLoader",
            "--initassembly:System.Private.Reflection.Execution", "--directpinvoke:System.Native",
            "--generateunmanagedentrypoints:System.Private.CoreLib,HIDDEN", .. s_features.Select(f => "--feature:" + f),
        ]);
        using Process ilc = Process.Start(new ProcessStartInfo(Metadata("Ilc"), "@" + rsp) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = ilc.StandardError.ReadToEndAsync();
        string output = ilc.StandardOutput.ReadToEnd();
        ilc.WaitForExit();
        Assert.True(ilc.ExitCode == 0, output + error.Result);
        return mstat;
    }

    private static IEnumerable<MemberReference> Compiled(string mstat, string stream)
    {
        ModuleDefinition module = ModuleDefinition.ReadModule(mstat);
        MethodDefinition method = module.Types[0].Methods.Single(m => m.Name == stream);
        return method.Body.Instructions.Where(i => i.OpCode.Code == Code.Ldtoken).Select(i => (MemberReference)i.Operand);
    }

    private static IEnumerable<string> Lost(string mstat, string[] swept)
    {
        // By assembly too: System.SR, Interop and others are in nearly every assembly of the framework.
        var types = new Dictionary<(string Assembly, string Type), TypeDefinition>();
        foreach (string path in swept)
        {
            ModuleDefinition module = ModuleDefinition.ReadModule(path);
            foreach (TypeDefinition type in module.GetTypes())
                types.TryAdd((module.Assembly.Name.Name, type.FullName), type);
        }

        foreach (TypeReference reference in Compiled(mstat, "Types").OfType<TypeReference>())
        {
            if (Innermost(reference) is { } type && !types.ContainsKey(Key(type)) && !IsSynthetic(type))
                yield return "type " + reference.FullName;
        }

        foreach (MethodReference reference in Compiled(mstat, "Methods").OfType<MethodReference>())
        {
            MethodReference method = reference.GetElementMethod();
            if (Innermost(method.DeclaringType) is not { } declaring || IsSynthetic(declaring))
                continue;
            if (!types.TryGetValue(Key(declaring), out TypeDefinition? type))
            {
                yield return "type of " + method.FullName;
                continue;
            }

            List<MethodDefinition> named = [.. type.Methods.Where(m => m.Name == method.Name && m.Parameters.Count == method.Parameters.Count)];
            if (named.Count == 0 ? !IsMadeByIlc(method, type) : named.All(IsEmptied))
                yield return method.FullName + " of " + method.DeclaringType.Scope.Name;
        }
    }

    private static (string Assembly, string Type) Key(TypeReference type) => (type.Scope.Name, type.FullName);

    private static TypeReference? Innermost(TypeReference type)
    {
        while (type is TypeSpecification specification and not FunctionPointerType)
            type = specification.ElementType;
        return type is FunctionPointerType or GenericParameter ? null : type;
    }

    private static bool IsSynthetic(TypeReference type) =>
        type.Name.StartsWith("Boxed_", StringComparison.Ordinal) || type.Name is "<Module>" || type.FullName is "System.__Canon" || type.Scope.Name == "System.Private.CompilerGenerated";

    // Thunks of delegates, unboxing stubs, field helpers of value types' Equals: ILC makes them, no IL has them.
    private static bool IsMadeByIlc(MethodReference method, TypeDefinition type) =>
        method.Name.StartsWith("__", StringComparison.Ordinal) || method.Name.EndsWith("Thunk", StringComparison.Ordinal) || method.Name.EndsWith("_Unbox", StringComparison.Ordinal)
        || method.Name.StartsWith("IL_STUB", StringComparison.Ordinal) || (type.BaseType?.Name == "MulticastDelegate" && method.Name == "GetThunk");

    private static bool IsEmptied(MethodDefinition method) =>
        method.HasBody && method.Body.Instructions is [{ OpCode.Code: Code.Ldnull }, { OpCode.Code: Code.Throw }];
}
