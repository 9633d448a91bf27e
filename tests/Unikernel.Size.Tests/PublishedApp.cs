namespace Unikernel.Size.Tests;

/// <summary>A program outside of the repository, published once with everything that the report can have.</summary>
public sealed class PublishedApp : IDisposable
{
    private readonly TestProject _project = new();

    public PublishedApp()
    {
        _project.WriteProject("App", "System.Console.WriteLine(1);", "<UnikernelSizeBoot>true</UnikernelSizeBoot><UnikernelSizeReport>true</UnikernelSizeReport>")
            .Write("unikernel.budget.json", """
                {
                  "budgets": [
                    { "target": "memory", "limit": "128 MiB" },
                    { "target": "memory", "name": "stacks", "limit": "1 KiB" }
                  ]
                }
                """);
        Publish = _project.Publish();
    }

    /// <summary>It is over budget.</summary>
    public Outcome Publish { get; }

    public string Folder => _project.Folder;

    /// <summary>App.elf, with its reports and symbols beside it.</summary>
    public string Image => _project["bin/Release/net10.0/unikernel-x64/native/App.elf"];

    public string this[string name] => _project[name];

    public void Dispose() => _project.Dispose();
}

[CollectionDefinition(Name)]
public sealed class PublishedAppGroup : ICollectionFixture<PublishedApp>
{
    public const string Name = "published";
}
