using System.Reflection;
using Mono.Cecil;
using Unikernel.Binding;
using Unikernel.Linker.Inputs;
using Unikernel.Linker.Surface;
using Xunit;

namespace Unikernel.LibraryOS.Tests;

/// <summary>The data about entry points and APIs says what the framework's IL and the providers say. Stale data fails here.</summary>
public sealed class SurfaceTests : IClassFixture<SurfaceTests.Analysis>
{
    private readonly Analysis _analysis;

    public SurfaceTests(Analysis analysis) => _analysis = analysis;

    /// <summary>One analysis for all tests: it reads the whole framework.</summary>
    public sealed class Analysis : IDisposable
    {
        public Analysis()
        {
            foreach (string folder in (string[])["lib/net10.0", "native"])
            {
                foreach (string file in Directory.EnumerateFiles(TestSupport.FrameworkPack + folder, "*.dll").Order(StringComparer.Ordinal))
                    Store.Add(file);
            }

            Data = EntryPointData.Read(TestSupport.SurfaceData);
            Graph = SurfaceCommand.Analyze(Store, [], Data);
        }

        public AssemblyStore Store { get; } = new();

        public EntryPointData Data { get; }

        public CallGraph Graph { get; }

        public void Dispose() => Store.Dispose();
    }

    [Fact]
    public void Every_entry_point_of_the_framework_is_in_the_data_and_no_other()
    {
        IEnumerable<(string, string)> imported =
            from assembly in _analysis.Store.Loaded
            from type in assembly.MainModule.GetTypes()
            from method in type.Methods
            where method.IsPInvokeImpl && method.PInvokeInfo is not null
            let library = method.PInvokeInfo.Module.Name
            where library.StartsWith("libSystem.", StringComparison.Ordinal)
            select (library, method.PInvokeInfo.EntryPoint);
        Assert.Equal(
            imported.Distinct().Order(),
            _analysis.Data.EntryPoints.Select(e => (e.Library, e.Name)).Order());
    }

    [Fact]
    public void What_is_provided_has_a_provider_and_the_rest_has_none()
    {
        var providers = new HashSet<(string, string)>();
        foreach (Assembly assembly in (Assembly[])[typeof(DescriptorTable).Assembly, typeof(Cryptography.DigestEntryPoints).Assembly])
        {
            foreach (Type type in assembly.GetTypes())
            {
                foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    foreach (ProvidesEntryPointAttribute attribute in method.GetCustomAttributes<ProvidesEntryPointAttribute>())
                        Assert.True(providers.Add((attribute.Library, attribute.EntryPoint)), $"{attribute.EntryPoint} has two providers");
                }
            }
        }

        foreach (EntryPointInfo entry in _analysis.Data.EntryPoints)
        {
            bool claimed = entry.Status is "provided" or "emulated";
            Assert.True(claimed == providers.Remove((entry.Library, entry.Name)), $"{entry.Name}: the data says '{entry.Status}'");
            Assert.True(entry.Status is "provided" or "core" or "native" || entry.Why is not null, $"{entry.Name} does not say why");
        }

        Assert.Empty(providers); // a provider of something that the framework does not import
    }

    [Fact]
    public void What_the_core_provides_is_in_the_core()
    {
        string source = string.Concat(Directory.EnumerateFiles(Path.Combine(TestSupport.RepositoryRoot, "runtime-shim/core/abi"), "*.c").Select(File.ReadAllText));
        foreach (EntryPointInfo entry in _analysis.Data.EntryPoints.Where(e => e.Status == "core"))
            Assert.Contains(entry.Name + "(", source, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_generated_from_the_data()
    {
        var writer = new StringWriter { NewLine = "\n" };
        SurfaceDocumentation.Write(writer, _analysis.Data);
        Assert.Equal(writer.ToString(), File.ReadAllText(Path.Combine(TestSupport.RepositoryRoot, "docs/os-surface.md")));
    }

    [Fact]
    public void The_needs_that_the_analyzers_know_are_those_of_the_framework()
    {
        var writer = new StringWriter { NewLine = "\n" };
        ApiNeedsWriter.Write(writer, _analysis.Graph, SurfaceCommand.PublicTypes(_analysis.Store), _analysis.Data.Framework);
        Assert.Equal(writer.ToString(), File.ReadAllText(Path.Combine(TestSupport.RepositoryRoot, "analyzers/Unikernel.Analyzers/data/api-needs.txt")));
    }

    [Theory]
    [InlineData("System.Diagnostics.Process", "Start", "processes")]
    [InlineData("System.IO.File", "ReadAllText", "files")]
    [InlineData("System.IO.File", "Exists", "files")]
    [InlineData("System.IO.Directory", "CreateDirectory", "files")]
    [InlineData("System.Console", "WriteLine", "console")]
    [InlineData("System.Console", "ReadLine", "console")]
    [InlineData("System.Net.Sockets.Socket", "Connect", "network")]
    [InlineData("System.Net.Sockets.TcpListener", ".ctor", "network")]
    [InlineData("System.Net.Sockets.UdpClient", "Send", "network")]
    [InlineData("System.Net.Http.HttpClient", "GetAsync", "network")]
    [InlineData("System.Net.Http.HttpClient", "SendAsync", "network")]
    [InlineData("System.Net.Dns", "GetHostEntry", "network")]
    [InlineData("System.Net.NetworkInformation.Ping", "Send", "network")]
    [InlineData("System.IO.FileSystemWatcher", "WaitForChanged", "watchers")]
    [InlineData("System.IO.MemoryMappedFiles.MemoryMappedFile", "CreateViewAccessor", "memorymaps")]
    [InlineData("System.Runtime.InteropServices.NativeLibrary", "Load", "libraries")]
    [InlineData("System.Diagnostics.Stopwatch", "GetTimestamp", "clock")]
    [InlineData("System.DateTime", "get_UtcNow", "clock")]
    [InlineData("System.DateTime", "get_Now", "timezones")]
    [InlineData("System.Guid", "NewGuid", "entropy")]
    [InlineData("System.Security.Cryptography.SHA256", "HashData", "hashes")]
    [InlineData("System.Security.Cryptography.AesGcm", "Encrypt", "hashes")]
    [InlineData("System.Security.Cryptography.AesCcm", "Encrypt", "ciphers")]
    [InlineData("System.Security.Cryptography.AesCcm", ".ctor", "ciphers")]
    [InlineData("System.Security.Cryptography.Kmac128", "HashData", "ciphers")]
    [InlineData("System.Reflection.AssemblyName", "GetAssemblyName", "memorymaps")]
    [InlineData("System.Security.Cryptography.RSA", "Create", "keys")]
    [InlineData("System.Net.Security.SslStream", "AuthenticateAsClient", "tls")]
    public void An_api_needs_what_it_needs(string type, string method, string need)
    {
        Assert.Contains(Overloads(type, method), m => !(ApiNeedsWriter.Of(_analysis.Graph, m) & NeedVocabulary.Parse(need)).IsEmpty);
    }

    [Theory]
    [InlineData("System.Math", "Sin", "*")]
    [InlineData("System.Collections.Generic.List`1", "Add", "*")]
    [InlineData("System.Collections.Generic.Dictionary`2", "Add", "*")]
    [InlineData("System.String", "Format", "*")]
    [InlineData("System.String", "Concat", "*")]
    [InlineData("System.Text.StringBuilder", "Append", "*")]
    [InlineData("System.Int32", "Parse", "*")]
    [InlineData("System.IO.MemoryStream", "Read", "*")]
    [InlineData("System.IO.Stream", "Read", "*")]
    [InlineData("System.Text.Json.JsonSerializer", "Serialize", "*")]
    [InlineData("System.Text.RegularExpressions.Regex", "IsMatch", "absent")]
    [InlineData("System.Threading.Tasks.Task", "Run", "*")]
    [InlineData("System.Net.Http.HttpClient", ".ctor", "absent")]
    [InlineData("System.Net.Http.HttpClient", "GetAsync", "absent")]
    [InlineData("System.Net.Http.HttpMessageInvoker", "SendAsync", "absent")]
    [InlineData("System.Net.Http.DelegatingHandler", "SendAsync", "absent")]
    [InlineData("System.Net.WebSockets.ClientWebSocket", "ConnectAsync", "absent")]
    [InlineData("System.Net.HttpWebRequest", "GetResponse", "absent")]
    [InlineData("System.Xml.XmlUrlResolver", "GetEntity", "absent")]
    [InlineData("System.Net.NetworkInformation.Ping", "Send", "absent")]
    [InlineData("System.Security.Cryptography.Oid", ".ctor", "absent")]
    [InlineData("System.Diagnostics.Process", "GetProcesses", "absent")]
    [InlineData("System.Diagnostics.Process", "get_WorkingSet64", "absent")]
    [InlineData("System.Security.Cryptography.AesGcm", ".ctor", "absent")]
    [InlineData("System.Security.Cryptography.Kmac128", "get_IsSupported", "absent")]
    [InlineData("System.Environment", "GetLogicalDrives", "absent")]
    [InlineData("System.IO.File", "ReadAllText", "absent")]
    [InlineData("System.Console", "WriteLine", "absent")]
    public void An_api_is_not_accused_of_what_it_does_not_need(string type, string method, string need)
    {
        Needs innocent = need == "*" ? new Needs(ulong.MaxValue) : NeedVocabulary.Absent;
        foreach (MethodDefinition overload in Overloads(type, method))
        {
            string found = string.Join(',', NeedVocabulary.Entries(ApiNeedsWriter.Of(_analysis.Graph, overload) & innocent).Select(n => n.Word));
            Assert.True(found.Length == 0, $"{overload.FullName}: {found}");
        }
    }

    private MethodDefinition[] Overloads(string type, string method)
    {
        TypeDefinition definition = _analysis.Store.Loaded.Select(a => a.MainModule.GetType(type)).First(t => t is not null)!;
        MethodDefinition[] result = [.. definition.Methods.Where(m => m.Name == method && (m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly))];
        Assert.NotEmpty(result);
        return result;
    }
}
