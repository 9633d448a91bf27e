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

    /// <summary>The folder of the .NET installation that runs this build, $(NetCoreRoot).</summary>
    [Required]
    public string NetCoreRoot { get; set; } = "";

    protected override string ToolName => "dotnet";

    protected override MessageImportance StandardOutputLoggingImportance => MessageImportance.High;

    protected override MessageImportance StandardErrorLoggingImportance => MessageImportance.High;

    protected override string GenerateFullPathToTool() => Path.Combine(NetCoreRoot, ToolName);

    protected override string GenerateCommandLineCommands()
    {
        var line = new CommandLineBuilder();
        line.AppendSwitch("msbuild");
        line.AppendFileNameIfNotNull(Project);
        line.AppendSwitch("-t:Publish -nologo -v:m -tl:off -nr:false -clp:NoSummary");
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
        properties["NoBuild"] = "true"; // `dotnet run` has just built it, or was told --no-build
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
