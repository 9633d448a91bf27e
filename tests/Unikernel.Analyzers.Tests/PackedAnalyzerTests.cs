using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Unikernel.Analyzers.Tests;

/// <summary>
/// The package as an editor uses it: the assemblies of Unikernel.Sdk's nupkg in a workspace, a document that is typed into, the diagnostic
/// that appears and the fix that it offers. (No language server is served by the package registries, so this is the workspace that one
/// stands on.)
/// </summary>
public class PackedAnalyzerTests
{
    [Fact]
    public async Task ADiagnosticAppearsWhileTypingAndItsFixIsOffered()
    {
        using PackageContext package = new();
        (AdhocWorkspace workspace, DocumentId id) = Open(package);
        using AdhocWorkspace owned = workspace;
        Assert.Empty(await DiagnosticsAsync(workspace.CurrentSolution.GetDocument(id)!));

        // What the user types.
        Document typed = workspace.CurrentSolution.GetDocument(id)!.WithText(SourceText.From("""
            using System.Threading;
            class P { static void Main() { Thread t = new Thread(() => { }); t.Priority = ThreadPriority.Highest; } }
            """));
        Assert.True(workspace.TryApplyChanges(typed.Project.Solution));
        Document current = workspace.CurrentSolution.GetDocument(id)!;
        Diagnostic diagnostic = Assert.Single(await DiagnosticsAsync(current));
        Assert.Equal("UKN1009", diagnostic.Id);

        CodeFixProvider provider = package.Fixes.Single(fix => fix.FixableDiagnosticIds.Contains(diagnostic.Id));
        List<CodeAction> actions = [];
        await provider.RegisterCodeFixesAsync(new CodeFixContext(current, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        CodeAction action = Assert.Single(actions);
        ApplyChangesOperation change = Assert.IsType<ApplyChangesOperation>(Assert.Single(await action.GetOperationsAsync(CancellationToken.None)));
        Document changed = change.ChangedSolution.GetDocument(id)!;
        Assert.DoesNotContain("Priority", (await changed.GetTextAsync()).ToString());
        Assert.Empty(await DiagnosticsAsync(changed));
    }

    private static (AdhocWorkspace Workspace, DocumentId Document) Open(PackageContext package)
    {
        AdhocWorkspace workspace = new();
        ProjectId project = ProjectId.CreateNewId();
        DocumentId document = DocumentId.CreateNewId(project);
        DocumentId config = DocumentId.CreateNewId(project);
        Solution solution = workspace.CurrentSolution
            .AddProject(ProjectInfo.Create(
                project, VersionStamp.Default, "p", "p", LanguageNames.CSharp,
                compilationOptions: new Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions(OutputKind.ConsoleApplication),
                metadataReferences: Verify.Framework,
                analyzerReferences: package.Analyzers))
            .AddDocument(document, "P.cs", "class P { static void Main() { } }", filePath: "/p/P.cs")
            .AddAnalyzerConfigDocument(config, ".globalconfig", SourceText.From("is_global = true\nbuild_property.UnikernelAnalysis = true\n"), filePath: "/p/.globalconfig");
        Assert.True(workspace.TryApplyChanges(solution));
        return (workspace, document);
    }

    private static async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync(Document document)
    {
        Project project = document.Project;
        Compilation compilation = (await project.GetCompilationAsync())!;
        ImmutableArray<DiagnosticAnalyzer> analyzers = [.. project.AnalyzerReferences.SelectMany(reference => reference.GetAnalyzers(LanguageNames.CSharp))];
        Assert.NotEmpty(analyzers);
        return await compilation.WithAnalyzers(analyzers, project.AnalyzerOptions).GetAnalyzerDiagnosticsAsync();
    }

    /// <summary>The analyzer assemblies of the newest package that ./pack.sh made, in a load context of their own.</summary>
    private sealed class PackageContext : IAnalyzerAssemblyLoader, IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("unikernel-analyzers").FullName;
        private readonly AssemblyLoadContext _context = new("package", isCollectible: true);

        public PackageContext()
        {
            string root = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(root, "pack.sh")))
            {
                root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests run from the clone's build output.");
            }

            string package = Directory.EnumerateFiles(Path.Combine(root, "artifacts", "packages"), "Unikernel.Sdk.*.nupkg").Max(StringComparer.Ordinal)
                ?? throw new InvalidOperationException("There is no package: run ./pack.sh first.");
            using ZipArchive archive = ZipFile.OpenRead(package);
            foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.FullName.StartsWith("analyzers/dotnet/cs/", StringComparison.Ordinal)))
            {
                entry.ExtractToFile(Path.Combine(_folder, entry.Name));
            }

            Analyzers = [new AnalyzerFileReference(Path.Combine(_folder, "Unikernel.Analyzers.dll"), this)];
            Fixes =
            [
                .. LoadFromPath(Path.Combine(_folder, "Unikernel.CodeFixes.dll")).GetTypes()
                    .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(CodeFixProvider)))
                    .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!),
            ];
        }

        public ImmutableArray<AnalyzerReference> Analyzers { get; }

        public ImmutableArray<CodeFixProvider> Fixes { get; }

        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => _context.LoadFromAssemblyPath(fullPath);

        public void Dispose()
        {
            _context.Unload();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
