namespace Unikernel.Linker.Replace;

/// <summary>Feature switches of the build, and ILLink's rule for when a feature-dependent entry applies.</summary>
public sealed class FeatureSettings(IReadOnlyDictionary<string, string> values)
{
    /// <summary>The value of a Boolean switch; null when the build does not set it.</summary>
    public bool? Get(string name) => values.TryGetValue(name, out string? text) && bool.TryParse(text, out bool value) ? value : null;

    /// <summary>
    /// Whether an element with the attributes <c>feature</c>, <c>featurevalue</c> and <c>featuredefault</c> applies: always
    /// without a feature; otherwise when the switch has the value, or is not set and the entry is the default.
    /// </summary>
    public bool Applies(string? feature, string? featureValue, string? featureDefault)
    {
        if (string.IsNullOrEmpty(feature))
            return true;
        if (values.TryGetValue(feature, out string? actual))
            return string.Equals(actual, featureValue, StringComparison.OrdinalIgnoreCase);
        return string.Equals(featureDefault, "true", StringComparison.OrdinalIgnoreCase);
    }
}
