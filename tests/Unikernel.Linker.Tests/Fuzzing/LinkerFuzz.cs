using System.Text;
using Microsoft.CodeAnalysis;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Reporting;

namespace Unikernel.Linker.Tests.Fuzzing;

/// <summary>
/// What reads foreign bytes: assemblies, their symbols, XML files, response files. Whatever the bytes are, the linker ends with a result or
/// with a diagnostic; any other exception is a finding.
/// </summary>
public sealed class LinkerFuzz : IDisposable
{
    // A program that needs next to nothing of the framework, so that one run takes milliseconds.
    private const string Program = "class P { static void Main() => Lib.M(); }";

    private const string Library = """
        public unsafe class Lib : Base, I<int>
        {
            public static void M() { new Lib().V(1); Call<Lib>(&Add); try { Throw(); } catch (Mine) when (S > 0) { } finally { S++; } }
            static int S;
            static int Add(int x) => x + 1;
            [Some(typeof(I<>), Names = ["x"])] public override T V<T>(T t) { switch (S) { case 1: return t; case 2: break; case 3: return default!; } return base.V(t); }
            int I<int>.Get() => new Pair<int, Lib> { Second = new Lib[1] }.Second.Length;
            static void Throw() => throw new Mine();
            static int Call<T>(delegate*<int, int> f) where T : Base, new() => f(new T().V(2)) + ((I<int>)new Lib()).Get();
        }
        public abstract class Base { public virtual T V<T>(T t) => t; }
        interface I<T> { T Get(); }
        class Mine : System.Exception;
        class SomeAttribute(System.Type t) : System.Attribute { public string[] Names { get; set; } public System.Type T => t; }
        struct Pair<A, B> { public A First; public B[] Second; }
        """;

    private static readonly string[] s_references = [.. CaseCompiler.Framework.Where(f => Path.GetFileNameWithoutExtension(f) is "System.Private.CoreLib" or "System.Runtime")];

    private readonly string _folder = Directory.CreateTempSubdirectory("ukn-fuzz-").FullName;

    public LinkerFuzz()
    {
        CaseCompiler.Compile(File("lib.dll"), [("lib.cs", Library)], OutputKind.DynamicallyLinkedLibrary);
        CaseCompiler.Compile(File("test.dll"), [("test.cs", Program)], OutputKind.ConsoleApplication, File("lib.dll"));
        Corpus = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["library"] = System.IO.File.ReadAllBytes(File("lib.dll")),
            ["program"] = System.IO.File.ReadAllBytes(File("test.dll")),
            ["symbols"] = System.IO.File.ReadAllBytes(File("lib.pdb")),
            ["substitutions"] = Encoding.UTF8.GetBytes("""<linker><assembly fullname="lib" feature="F" featurevalue="true"><type fullname="Lib"><method signature="System.Void Throw()" body="stub" value="1"/><field name="S" value="7" initialize="true"/></type><resource name="r" action="remove"/></assembly></linker>"""),
            ["descriptor"] = Encoding.UTF8.GetBytes("""<linker><assembly fullname="lib"><type fullname="Lib" preserve="methods" required="false"><method name="M"/><property name="P" accessors="get"/><event name="E"/><field signature="System.Int32 S"/></type><namespace fullname="N"/><type fullname="L*"/></assembly></linker>"""),
            ["directives"] = Encoding.UTF8.GetBytes("""<Directives><Application><Assembly Name="lib" Dynamic="Required All"><Type Name="Lib"><Method Name="M"/></Type></Assembly></Application></Directives>"""),
            ["arguments"] = Encoding.UTF8.GetBytes("--input\na.dll\n-r b.dll\n--feature A.B=true\n# comment\n--mode sweep\n--native-library \"x y\"\n--nowarn A;B\n"),
        };
    }

    /// <summary>A good input for each target.</summary>
    public IReadOnlyDictionary<string, byte[]> Corpus { get; }

    /// <summary>Gives bytes to the reader that a target names.</summary>
    /// <exception cref="Exception">A finding.</exception>
    public void Run(string target, byte[] bytes)
    {
        string input = File("fuzz.bin");
        System.IO.File.WriteAllBytes(input, bytes);
        switch (target)
        {
            case "library": Link(library: input); break;
            case "program": Link(program: input); break;
            case "symbols": Link(symbols: input); break;
            case "substitutions": Link(arguments: ["--substitution", input]); break;
            case "descriptor": Link(arguments: ["--descriptor", input]); break;
            case "directives": Link(arguments: ["--rdxml", input]); break;
            case "arguments": Parse(input); break;
            default: throw new ArgumentException($"no target '{target}'; there are {string.Join(", ", Corpus.Keys)}", nameof(target));
        }
    }

    /// <summary>Changes some bytes of a good input, cuts it, or doubles a part of it.</summary>
    public static byte[] Mutate(byte[] good, Random random)
    {
        byte[] input = (byte[])good.Clone();
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            int at = random.Next(input.Length);
            input[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(input[at] ^ (1 << random.Next(8))), _ => (byte)(random.Next(2) * 255) };
        }

        if (random.Next(8) == 0)
            input = input[..random.Next(input.Length)];
        if (random.Next(8) == 0)
            input = [.. input, .. input[..random.Next(input.Length + 1)]];
        return input;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Link(string? program = null, string? library = null, string? symbols = null, params string[] arguments)
    {
        string folder = File("run");
        Directory.CreateDirectory(folder);
        System.IO.File.Copy(program ?? File("test.dll"), Path.Combine(folder, "test.dll"), overwrite: true);
        System.IO.File.Copy(library ?? File("lib.dll"), Path.Combine(folder, "lib.dll"), overwrite: true);
        System.IO.File.Copy(symbols ?? File("lib.pdb"), Path.Combine(folder, "lib.pdb"), overwrite: true);
        LinkerOptions options = LinkerOptions.Parse(
        [
            "--input", Path.Combine(folder, "test.dll"), "-r", Path.Combine(folder, "lib.dll"), "-o", Path.Combine(folder, "out"), "--runtime-roots", "none",
            "--feature", "F=true", .. s_references.SelectMany(f => new[] { "-r", f }), .. arguments,
        ]);
        options.OnlyAssemblies = new HashSet<string>(StringComparer.Ordinal) { "test", "lib" };
        var log = new MessageLog(options.NoWarn, options.WarningsAsErrors);
        using var session = new LinkSession(options, log);
        try
        {
            session.Run();
        }
        catch (LinkerException)
        {
            // The diagnostic that the bytes deserve.
        }
    }

    private static void Parse(string file)
    {
        try
        {
            LinkerOptions.Parse(["@" + file]);
        }
        catch (UsageException)
        {
        }
        catch (LinkerException)
        {
        }
    }

    private string File(string name) => Path.Combine(_folder, name);
}
