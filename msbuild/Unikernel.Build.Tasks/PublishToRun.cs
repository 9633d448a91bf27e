using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Publishes the project that is being built in an MSBuild process of its own, with the same global properties.
/// </summary>
/// <remarks>
/// `dotnet run` calls the target ComputeRunArguments inside the CLI's process, where DOTNET_HOST_PATH is not set, so that tasks which ask for the
/// .NET task host (ILLink's) fail with MSB4221. And no task or target can tell `dotnet run` from `dotnet build` earlier.
/// </remarks>
public sealed class PublishToRun : ToolTask
{
    /// <summary>The project to publish.</summary>
    [Required]
    public string Project { get; set; } = "";

    /// <summary>The C# file of a file-based program, which has no project file; empty: <see cref="Project"/> is one.</summary>
    public string EntryPointFile { get; set; } = "";

    /// <summary>What has been built: `dotnet publish` of a file takes Release by itself. Empty: as the global properties say.</summary>
    public string Configuration { get; set; } = "";

    /// <summary>Where the published files go; empty: where the project says.</summary>
    public string PublishDir { get; set; } = "";

    /// <summary>The folder of the .NET installation that runs this build, $(NetCoreRoot).</summary>
    [Required]
    public string NetCoreRoot { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        EnvironmentVariables = ["MSBUILDDISABLENODEREUSE=1"]; // as -nr:false, which `dotnet publish FILE.cs` does not take
        return base.Execute();
    }

    protected override string ToolName => "dotnet";

    protected override MessageImportance StandardOutputLoggingImportance => MessageImportance.High;

    protected override MessageImportance StandardErrorLoggingImportance => MessageImportance.High;

    protected override string GenerateFullPathToTool() => Path.Combine(NetCoreRoot, ToolName);

    protected override string GenerateCommandLineCommands()
    {
        var line = new CommandLineBuilder();
        if (EntryPointFile.Length == 0)
        {
            line.AppendSwitch("msbuild");
            line.AppendFileNameIfNotNull(Project);
            line.AppendSwitch("-t:Publish");
        }
        else
        {
            line.AppendSwitch("publish");
            line.AppendFileNameIfNotNull(EntryPointFile);
            line.AppendSwitch("--no-restore");
        }

        line.AppendSwitch("-nologo -v:m -tl:off -clp:NoSummary");
        foreach ((string name, string value) in GlobalProperties())
            line.AppendSwitchIfNotNull("-p:", $"{name}={EscapeValue(value)}");
        return line.ToString();
    }

    private SortedDictionary<string, string> GlobalProperties()
    {
        var properties = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (BuildEngine is IBuildEngine6 engine)
            foreach ((string name, string value) in engine.GetGlobalProperties())
                properties[name] = value;
        properties["_IsPublishing"] = "true";
        if (EntryPointFile.Length == 0) // of a file, the CLI publishes nothing then
            properties["NoBuild"] = "true"; // `dotnet run` has just built it, or was told --no-build
        if (PublishDir.Length > 0)
            properties["PublishDir"] = PublishDir;
        if (Configuration.Length > 0)
            properties["Configuration"] = Configuration;
        return properties;
    }

    /// <summary>A property value as the command line of MSBuild wants it: separators as %XX.</summary>
    public static string EscapeValue(string value)
    {
        var escaped = new StringBuilder(value.Length);
        foreach (char c in value)
        {
            if (c is '%' or ';' or ',' or '"' or '\n' or '\r')
                escaped.Append('%').Append(((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            else
                escaped.Append(c);
        }

        return escaped.ToString();
    }
}
