using System.Text.Json;
using Microsoft.Build.Framework;
using Task = Microsoft.Build.Utilities.Task;

namespace Unikernel.Build.Tasks;

/// <summary>
/// Reports the findings of the size tool as errors and warnings of the build, at their line. From its SARIF and not from its text: a message has several
/// lines, and MSBuild's reading of text knows one.
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
            string text = result.GetProperty("message").GetProperty("text").GetString()!;
            JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
            string uri = place.GetProperty("artifactLocation").GetProperty("uri").GetString()!;
            string file = Uri.TryCreate(uri, UriKind.Absolute, out Uri? absolute) && absolute.IsFile ? absolute.LocalPath : uri;
            int line = 0, column = 0;
            if (place.TryGetProperty("region", out JsonElement region))
                (line, column) = (region.GetProperty("startLine").GetInt32(), region.GetProperty("startColumn").GetInt32());
            if (result.GetProperty("level").GetString() == "error")
                Log.LogError(null, id, null, help[id], file, line, column, 0, 0, "{0}", text);
            else
                Log.LogWarning(null, id, null, help[id], file, line, column, 0, 0, "{0}", text);
        }

        return !Log.HasLoggedErrors;
    }
}
