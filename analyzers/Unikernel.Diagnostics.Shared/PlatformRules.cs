namespace Unikernel.Diagnostics
{
    /// <summary>1000-1999: what no unikernel has, or has differently. Reported while typing (analyzers) and at publish (linker).</summary>
    public static class PlatformRules
    {
    }
}
