using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Unikernel.Core.Tests;

/// <summary>
/// What the stock archives import from C is provided by core.a, symbol by symbol, and what core.a takes from musl is pure.
/// A new version of the runtime that needs more fails here, and not in a user's link.
/// </summary>
public sealed class SymbolTests : IClassFixture<CoreArchive>
{
    private static readonly string[] s_archives =
    [
        "libbootstrapper.o", "libRuntime.WorkstationGC.a", "libRuntime.VxsortDisabled.a", "libeventpipe-disabled.a",
        "libstandalonegc-disabled.a", "libaotminipal.a", "libstdc++compat.a", "libSystem.Native.a",
        "libSystem.IO.Compression.Native.a", "libz.a", "libbrotlicommon.a", "libbrotlidec.a", "libbrotlienc.a",
    ];

    /// <summary>Imports that are not C: who provides each of them instead.</summary>
    private static readonly Dictionary<string, string> s_elsewhere = new(StringComparer.Ordinal)
    {
        ["__dso_handle"] = "link/unikernel.lds",
        ["AppendExceptionStackFrame"] = "ILC",
        ["GetRuntimeException"] = "ILC",
        ["GetSystemArrayEEType"] = "ILC",
        ["InitializeModules"] = "ILC",
        ["OnFirstChanceException"] = "ILC",
        ["OnUnhandledException"] = "ILC",
        ["ProcessFinalizers"] = "ILC",
        ["RhExceptionHandling_FailedAllocation"] = "ILC",
        ["RhRethrow"] = "ILC",
        ["RhThrowEx"] = "ILC",
        ["RhThrowHwEx"] = "ILC",
        ["RhpCalculateStackTraceWorker"] = "ILC",
        ["RhpCidResolve"] = "ILC",
        ["RuntimeFailFast"] = "ILC",
        ["ThreadEntryPoint"] = "ILC",
        ["__managed__Main"] = "ILC",
        ["g_compilerEmbeddedKnobsBlob"] = "ILC",
        ["g_compilerEmbeddedSettingsBlob"] = "ILC",
        ["g_requiredCpuFeatures"] = "ILC",
    };

    private readonly CoreArchive _core;

    public SymbolTests(CoreArchive core) => _core = core;

    [Fact]
    public void Every_import_of_the_stock_archives_is_provided()
    {
        var imports = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var defined = new HashSet<string>(_core.Defined, StringComparer.Ordinal);
        foreach (string archive in s_archives)
        {
            Symbols symbols = Symbols.Of(Path.Combine(Pack, archive));
            defined.UnionWith(symbols.Defined);
            foreach (string name in symbols.Undefined)
            {
                if (!imports.TryGetValue(name, out SortedSet<string>? users))
                {
                    imports.Add(name, users = new(StringComparer.Ordinal));
                }

                users.Add(archive);
            }
        }

        Assert.True(imports.Count > 300, $"only {imports.Count} imports: were the archives read?");
        string[] missing = [.. imports
            .Where(import => !defined.Contains(import.Key) && !s_elsewhere.ContainsKey(import.Key) && !IsMadeByLinker(import.Key) &&
                !IsOnlyDeclared(import.Key, defined))
            .Select(import => $"{import.Key} (imported by {string.Join(", ", import.Value)})")
            .Order(StringComparer.Ordinal)];
        Assert.Empty(missing);
    }

    [Fact]
    public void The_list_of_symbols_from_elsewhere_holds_nothing_that_the_core_provides()
    {
        Assert.Empty(s_elsewhere.Keys.Intersect(_core.Defined));
    }

    [Fact]
    public void What_is_not_expected_to_be_called_panics_by_its_name()
    {
        string source = File.ReadAllText(Path.Combine(CoreArchive.Source, "libc/unreachable.c"));
        MatchCollection entries = Regex.Matches(source, @"^UNREACHABLE\((\w+), ""(.+)""\)", RegexOptions.Multiline);
        Assert.NotEmpty(entries);
        Assert.All(entries, entry => Assert.Contains(entry.Groups[1].Value, _core.Defined));
        Assert.Contains("UKN9008 \" #name \"()", source, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_musl_import_nothing_but_one_another_and_pure_functions_of_the_core()
    {
        string[] allowed = ["memcpy", "memset", "memmove", "exp", "expm1", "log", "sin", "cos", "tan", "atan", "atan2", "__stack_chk_fail",
            "_GLOBAL_OFFSET_TABLE_", "fabs", "sqrt"];
        Symbols musl = Symbols.Of([.. Directory.EnumerateFiles(Path.Combine(_core.Folder, "musl"), "*.lo")]);
        Assert.True(musl.Defined.Count > 50, "musl's members were not extracted");
        Assert.Empty(musl.Undefined.Except(musl.Defined).Except(allowed));
    }

    [Fact]
    public void Each_member_of_musl_has_a_reason()
    {
        string[] lines = [.. File.ReadLines(Path.Combine(CoreArchive.Source, "libc/musl.list")).Where(line => line is not ("" or ['#', ..]))];
        Assert.All(lines, line => Assert.Matches(@"^\w+ +\S", line));
        Assert.Equal(lines.Length, lines.Select(line => line.Split(' ')[0]).Distinct().Count());
    }

    /// <summary>Section bounds.</summary>
    private static bool IsMadeByLinker(string name) =>
        name.StartsWith("__start_", StringComparison.Ordinal) || name.StartsWith("__stop_", StringComparison.Ordinal);

    /// <summary>
    /// The macros of unixasmmacrosamd64.inc declare <c>_Name</c> global beside each <c>Name</c>; nothing refers to it.
    /// </summary>
    private static bool IsOnlyDeclared(string name, HashSet<string> defined) =>
        name.StartsWith("_Rh", StringComparison.Ordinal) && defined.Contains(name[1..]);

    private static string Pack => typeof(SymbolTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "NativePack").Value!;
}

/// <summary>core.a, built once for the tests.</summary>
public sealed class CoreArchive : IDisposable
{
    public CoreArchive()
    {
        Folder = Directory.CreateTempSubdirectory("core-archive").FullName;
        Tool.Run("make", "-s", "-C", Source, "OUT=" + Folder);
        Defined = Symbols.Of(Path.Combine(Folder, "core.a")).Defined;
    }

    public string Folder { get; }

    public IReadOnlySet<string> Defined { get; }

    public static string Source { get; } = typeof(CoreArchive).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "CoreSource").Value!;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>Global symbols of object files and archives, as llvm-nm lists them.</summary>
internal sealed record Symbols(IReadOnlySet<string> Defined, IReadOnlySet<string> Undefined)
{
    public static Symbols Of(params string[] files) => new(List("--defined-only", files), List("--undefined-only", files));

    private static HashSet<string> List(string which, string[] files) =>
        Tool.Run("llvm-nm-14", ["-g", "-j", which, .. files])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.EndsWith(':')) // a member's name
            .ToHashSet(StringComparer.Ordinal);
}

internal static class Tool
{
    public static string Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)}\n{text}{errors.Result}");
        return text;
    }
}
