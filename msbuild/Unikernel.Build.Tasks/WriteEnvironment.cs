using Microsoft.Build.Framework;
using Unikernel.Run;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>Writes digests of the environment in which `dotnet run` builds, so that the runner sees what it adds for the program.</summary>
public sealed class WriteEnvironment : Task
{
    /// <summary>The file to write.</summary>
    [Required]
    public string OutputFile { get; set; } = "";

    public override bool Execute()
    {
        File.WriteAllLines(OutputFile, EnvironmentDigest.OfThisProcess());
        return true;
    }
}
