using System.Text.Json;
using Microsoft.Build.Framework;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Reports the findings of the size tool as errors and warnings of the build, at their line. A finding's first line is the error; the lines behind it
/// explain it, and follow as messages: MSBuild's log puts file, line and id before every line of an error, which nobody can read.
/// </summary>
public sealed class LogSizeFindings : Task
{
    /// <summary>The findings, as SARIF 2.1.0.</summary>
    [Required]
    public string Sarif { get; set; } = "";

    public override bool Execute()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Sarif));
        JsonElement run = document.RootElement.GetProperty("runs")[0];
        var help = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray()
            .ToDictionary(r => r.GetProperty("id").GetString()!, r => r.GetProperty("helpUri").GetString());
        foreach (JsonElement result in run.GetProperty("results").EnumerateArray())
        {
            string id = result.GetProperty("ruleId").GetString()!;
            string[] lines = result.GetProperty("message").GetProperty("text").GetString()!.Split('\n');
            JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
            string uri = place.GetProperty("artifactLocation").GetProperty("uri").GetString()!;
            string file = Uri.TryCreate(uri, UriKind.Absolute, out Uri? absolute) && absolute.IsFile ? absolute.LocalPath : uri;
            int line = 0, column = 0;
            if (place.TryGetProperty("region", out JsonElement region))
                (line, column) = (region.GetProperty("startLine").GetInt32(), region.GetProperty("startColumn").GetInt32());
            if (result.GetProperty("level").GetString() == "error")
                Log.LogError(null, id, null, help[id], file, line, column, 0, 0, "{0}", lines[0]);
            else
                Log.LogWarning(null, id, null, help[id], file, line, column, 0, 0, "{0}", lines[0]);
            foreach (string explanation in lines.Skip(1))
                Log.LogMessage(MessageImportance.High, "{0}", "  " + explanation);
        }

        return !Log.HasLoggedErrors;
    }
}
