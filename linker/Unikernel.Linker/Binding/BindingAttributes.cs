namespace Unikernel.Linker.Binding;

/// <summary>Tells cheaply which of hundreds of references can hold providers: only those need to be read for them.</summary>
internal static class BindingAttributes
{
    /// <summary>Whether a file names one of the attributes: their names stand as UTF-8 in the metadata's string heap (ECMA-335 II.24.2.3).</summary>
    public static bool AreIn(string path)
    {
        ReadOnlySpan<byte> image = File.ReadAllBytes(path);
        return image.IndexOf("ProvidesEntryPointAttribute"u8) >= 0 || image.IndexOf("ReplacesAttribute"u8) >= 0;
    }
}
